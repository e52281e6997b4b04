// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/start_network_process.h"

#include <poll.h>

#include <chrono>

#include "config/none.h"
#include "os/fd_passing.h"
#include "os/privileges.h"
#include "os/safe_file.h"
#include "os/socket.h"
#include "os/system_error.h"
#include "os/user.h"
#include "server/process_protocol.h"
#include "server/process_title.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

constexpr int orders_fd = 3;                                      // of sshd-net
constexpr std::chrono::seconds patience{5};                       // its zygote loses its own before

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
    settings.out_of_memory_score = startup.out_of_memory_score;
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

Result<Child> execute_network_zygote(int orders)
{
    SpawnRequest request;
    request.program = "sshd-net";
    request.program_fd = session_fd::network_program;
    request.arguments = {name_with_title_room("sshd-net")};
    request.environment = helper_environment();
    request.input = request.output = null_stream;
    request.descriptors = {{orders, orders_fd}};
    request.directory = "/";
    return spawn(request);
}

} // namespace

Result<NetworkZygoteChild> start_network_zygote(const Startup& startup)
{
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    auto child = TRY(execute_network_zygote(pair.theirs.number()));
    pair.theirs.close();
    Fd{session_fd::network_program}.close();
    NetworkZygoteChild zygote{std::move(child), MessageSocket{std::move(pair.ours)}};
    auto settings = network_settings(startup);
    if (is_root() && !settings.changes_identity)
        return system_failure("there is neither a user sshd nor a user nobody");
    TRY(zygote.orders.send(settings));
    return zygote;
}

Result<MessageSocket> order_network_process(MessageSocket& orders, const ServerOptions& options, Log& log)
{
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    auto monitor = TRY(own_pidfd());
    std::vector<int> theirs{pair.theirs.number(), monitor.number()};
    auto moduli = moduli_file(options, log);
    if (moduli.is_open())
        theirs.push_back(moduli.number());
    TRY(orders.send(MakeNetworkProcess{}, theirs));
    return MessageSocket{std::move(pair.ours)};
}

std::optional<NetworkEnded> await_end(MessageSocket& network)
{
    (void)shut_down(network.fd(), ShutDown::sending);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd news{network.fd(), POLLIN, 0};
        if (left.count() <= 0 || (::poll(&news, 1, static_cast<int>(left.count())) < 0 && errno != EINTR))
            return std::nullopt;
        if (news.revents == 0)
            continue;
        auto message = network.receive();
        if (!message || !*message)
            return std::nullopt;
        if ((*message)->number() != NetworkEnded::number)
            continue;
        auto ended = decode<NetworkEnded>((*message)->payload);
        return ended ? std::optional{*ended} : std::nullopt;
    }
}

} // namespace nacre
