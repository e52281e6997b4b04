// PRIVILEGED: the start of sshd-session: settings, sshd-net, and then the connection from the listener.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/text.h"
#include "config/none.h"
#include "keys/key_types.h"
#include "os/event_loop.h"
#include "os/oom_protection.h"
#include "os/privileges.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "os/socket.h"
#include "os/system_error.h"
#include "server/privileged/close_records.h"
#include "server/privileged/monitor.h"
#include "server/privileged/reap.h"
#include "server/process_name.h"
#include "server/process_protocol.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

constexpr int network_process_fd = 3;
constexpr Seconds::rep grace_slack = 5;

std::string version_line(const ServerOptions& options)
{
    auto line = std::string{our_version_line};
    if (!is_unset(options.version_addendum))
        line += " " + options.version_addendum;
    return line;
}

NetworkSettings network_settings(const Startup& startup)
{
    auto& options = startup.config.global();
    NetworkSettings settings;
    settings.version_line = version_line(options);
    settings.kex_methods = options.kex_algorithms;
    settings.host_key_algorithms = startup.host_keys.usable_algorithms(options.host_key_algorithms);
    settings.ciphers = options.ciphers;
    settings.macs = options.macs;
    settings.compressions = options.compression == ServerCompression::no ? "none" : "none,zlib@openssh.com";
    settings.rekey_bytes = options.rekey_limit.bytes;
    settings.rekey_seconds = static_cast<std::uint32_t>(options.rekey_limit.time.count());
    settings.required_rsa_bits = options.required_rsa_size;
    settings.host_keys.items = startup.host_keys.public_blobs();
    settings.server_sig_algs = signature_labels(options.pubkey_accepted_algorithms);
    settings.log_level = static_cast<std::uint8_t>(startup.log_level);
    settings.tells_of_keys = options.log_format == LogFormat::json;
    if (!is_root())
        return settings;
    settings.empty_directory = startup.empty_directory;
    for (auto* name : {"sshd", "nobody"})
        if (auto account = user_named(name); account && *account && !settings.changes_identity) {
            settings.changes_identity = true;
            settings.uid = (*account)->uid;
            settings.gid = (*account)->gid;
        }
    return settings;
}

// Open, if a client may ask for a group; without the file there are built-in groups.
Fd moduli_file(const ServerOptions& options, Log& log)
{
    if (!options.kex_algorithms.contains("-group-exchange-") || is_unset(options.moduli_file))
        return {};
    auto file = open_to_read(options.moduli_file);
    if (!file)
        log.info("{}: {}", options.moduli_file, file.error().what);
    return file ? std::move(*file) : Fd{};
}

Result<Child> start_network_process(int socket)
{
    SpawnRequest request;
    request.program = "sshd-net";
    request.program_fd = session_fd::network_program;
    request.arguments = {"sshd-net"};
    request.environment = helper_environment();
    request.input = request.output = null_stream;
    request.descriptors = {{socket, network_process_fd}};
    request.directory = "/";
    request.die_with_parent = true;
    return spawn(request);
}

ConnectionInfo describe_connection(int socket, const ServerOptions& options)
{
    ConnectionInfo info;
    auto peer = peer_address(socket);
    auto local = local_address(socket);
    info.peer_name = info.peer_host;
    if (!is_ip_socket(socket) || !peer || !local)
        return info;
    info = {peer->host, peer->port, local->host, local->port, peer->host};
    info.rdomain = bound_device(socket);
    if (options.use_dns)
        if (auto name = confirmed_name(*peer))
            info.peer_name = *name;
    return info;
}

// A spare whose sshd-net has died (memory may be short) must not be given a connection.
Result<std::optional<ReceivedMessage>> wait_for_order(MessageSocket& listener, const Child& network_process)
{
    std::array<pollfd, 2> both{pollfd{listener.fd(), POLLIN, 0}, pollfd{network_process.pidfd().number(), POLLIN, 0}};
    while (::poll(both.data(), both.size(), -1) < 0)
        if (errno != EINTR)
            return errno_failure("poll");
    if (both[1].revents != 0)
        return system_failure("sshd-net ended before a connection came");
    return listener.receive();
}

// sshd-net, ready for a connection, and our end of what joins us.
struct NetworkChild {
    Child child;
    MessageSocket socket;
};

Result<NetworkChild> prepare_network_process(const Startup& startup, EventLog& log)
{
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    auto child = TRY(start_network_process(pair.theirs.number()));
    pair.theirs.close();
    Fd{session_fd::network_program}.close();
    NetworkChild network{std::move(child), MessageSocket{std::move(pair.ours)}};
    auto settings = network_settings(startup);
    if (is_root() && !settings.changes_identity)
        return system_failure("there is neither a user sshd nor a user nobody");
    auto moduli = moduli_file(startup.config.global(), log);
    std::vector<int> with_settings;
    if (moduli.is_open())
        with_settings.push_back(moduli.number());
    TRY(network.socket.send(settings, with_settings));
    return network;
}

// No connection is to come: sshd-net ends when we hang up.
void dismiss(NetworkChild& network)
{
    network.socket.close();
    (void)reap(network.child);
}

// Hands the client's socket over (and, if it is two pipes, the other one), and says to the log who that is.
Result<ConnectionInfo> begin_connection(const ReceivedMessage& order, MessageSocket& network, const ServerOptions& options,
                                        EventLog& log)
{
    auto serving = TRY(decode<ServeConnection>(order.payload));
    if (order.fds.empty() || order.fds.size() > 2)
        return bad_input("no connection came with the order to serve it");
    auto socket = order.fds.front().number();
    auto connection = describe_connection(socket, options);
    if (connection.has_addresses())
        TRY(set_keep_alive(socket, options.tcp_keep_alive));
    log.context() = {.connection = serving.id,
                     .source = connection.peer_host,
                     .source_port = connection.peer_port,
                     .local = connection.local_host,
                     .local_port = connection.local_port,
                     .user = {}};
    std::vector<int> numbers;
    for (auto& fd : order.fds) {
        TRY(set_blocking(fd.number(), Blocking::no));
        numbers.push_back(fd.number());
    }
    TRY(network.send(BeginConnection{}, numbers));
    log.tell(events::Connection{connection.peer_name == connection.peer_host ? "" : connection.peer_name, connection.rdomain});
    return connection;
}

// Until the connection is over.  The exit status.
Result<int> watch_over(const ConnectionInfo& connection, NetworkChild network, const Startup& startup,
                       MessageSocket& listener, ProcessTitle title, EventLog& log)
{
    // The listener enforces the grace time; should it be restarted meanwhile, the kernel does, a little later.
    if (auto grace = startup.config.global().login_grace_time.count(); grace > 0)
        ::alarm(static_cast<unsigned>(grace + grace_slack));
    auto loop = TRY(EventLoop::create());
    int status = 0;
    {
        Monitor monitor{loop, startup, connection, network.child, std::move(network.socket), listener, title, log};
        status = monitor.run();
    }
    if (auto ended = reap(network.child); ended && !ended->success())
        log.error("sshd-net ended with {} {}", ended->signal != 0 ? "signal" : "status",
                  ended->signal != 0 ? ended->signal : ended->code);
    return status;
}

// A spare's life: one order, or none.
Result<int> serve(const Startup& startup, MessageSocket& listener, ProcessTitle title, EventLog& log)
{
    auto network = TRY(prepare_network_process(startup, log));
    auto order = TRY(wait_for_order(listener, network.child));
    if (!order) {                                                 // a spare that was never needed
        dismiss(network);
        return 0;
    }
    if (order->number() == CloseRecords::number) {
        auto records = TRY(decode<CloseRecords>(order->payload));
        dismiss(network);
        close_records(records, log);
        return 0;
    }
    auto connection = TRY(begin_connection(*order, network.socket, startup.config.global(), log));
    order->fds.clear();                                           // only sshd-net holds the client's socket
    title.set("[accepted]");
    return watch_over(connection, std::move(network), startup, listener, title, log);
}

} // namespace

int run_monitor_process(ProcessTitle title)
{
    if (auto status = protocol_verdict())
        return *status;
    name_this_process("sshd-session");
    ignore_broken_pipes();
    (void)forbid_tracing();
    auto startup = read_startup(session_fd::startup);
    Fd{session_fd::startup}.close();
    ServerLogSettings settings;
    if (startup)
        settings = {startup->log_to_stderr, startup->log_level, startup->config.global().syslog_facility,
                    startup->config.global().log_format};
    auto log = make_server_log(settings);
    if (!startup) {
        log->error("sshd-session: {}", printable(startup.error().what));
        return 255;
    }
    if (!startup->out_of_memory_score.empty())
        (void)set_out_of_memory_score(startup->out_of_memory_score);
    MessageSocket listener{Fd{session_fd::control}};
    auto served = serve(*startup, listener, title, *log);
    if (!served) {
        log->error("sshd-session: {}", printable(served.error().what));
        return 255;
    }
    return *served;
}

} // namespace nacre
