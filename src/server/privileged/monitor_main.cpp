// PRIVILEGED: the start of sshd-session: settings, sshd-net, and then, mostly in a copy, the connection from the listener.
#include <fmt/format.h>
#include <unistd.h>

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
#include "server/host_rules.h"
#include "server/login_end.h"
#include "server/privileged/close_records.h"
#include "server/privileged/host_access.h"
#include "server/privileged/listener_orders.h"
#include "server/privileged/monitor.h"
#include "server/privileged/monitor_zygote.h"
#include "server/privileged/reap.h"
#include "server/privileged/start_network_process.h"
#include "server/process_name.h"
#include "server/process_protocol.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

constexpr Seconds::rep grace_slack = 5;

ConnectionInfo describe_connection(const ServeConnection& order, int socket, const ServerOptions& options)
{
    ConnectionInfo info;
    info.peer_name = info.peer_host;
    auto peer = numeric_address(order.source, static_cast<std::uint16_t>(order.source_port));
    if (!is_ip_socket(socket) || !peer)
        return info;
    info = {peer->host, peer->port, order.local, static_cast<std::uint16_t>(order.local_port), peer->host};
    info.rdomain = bound_device(socket);
    if (options.use_dns)
        if (auto name = confirmed_name(*peer))
            info.peer_name = *name;
    return info;
}

// By /etc/hosts.allow and /etc/hosts.deny; the log has been told.
Result<bool> is_refused(int socket, const ConnectionInfo& connection, Startup& startup, EventLog& log)
{
    if (!connection.has_addresses() || !there_are_host_rules())
        return false;
    auto forget_keys = [&] { startup.host_keys = {}; };
    auto judgement = TRY(judge_by_host_rules(socket, startup.config.global().syslog_facility, forget_keys));
    switch (judgement.verdict) {
    case HostVerdict::welcome:
        return false;
    case HostVerdict::not_enforced:
        log.error("{}", unenforced_host_rules(printable(judgement.text)));
        return false;
    case HostVerdict::answered:
        log.info("a rule of /etc/hosts.allow or /etc/hosts.deny has answered {}", connection.peer());
        return true;
    case HostVerdict::refused:
        log.tell(events::Refused{.reason = events::RefusedBy::hosts_access, .source_name = judgement.text});
        return true;
    }
    return true;
}

// Hands the client's socket over (and, if it is two pipes, the other one), and says to the log who that is.  Nothing: it is
// not to come in.
Result<std::optional<ConnectionInfo>> begin_connection(const ReceivedMessage& order, MessageSocket& network,
                                                       Startup& startup, EventLog& log)
{
    auto& options = startup.config.global();
    auto serving = TRY(decode<ServeConnection>(order.payload));
    if (order.fds.empty() || order.fds.size() > 2)
        return bad_input("no connection came with the order to serve it");
    auto socket = order.fds.front().number();
    auto connection = describe_connection(serving, socket, options);
    if (connection.has_addresses())
        TRY(set_keep_alive(socket, options.tcp_keep_alive));
    log.context() = {.connection = serving.id,
                     .source = connection.peer_host,
                     .source_port = connection.peer_port,
                     .local = connection.local_host,
                     .local_port = connection.local_port,
                     .user = {}};
    auto refused = TRY(is_refused(socket, connection, startup, log));
    if (refused)
        return std::nullopt;
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
Result<int> watch_over(const ConnectionInfo& connection, MessageSocket network, const MonitorWorld& world)
{
    // The listener enforces the grace time; should it be restarted meanwhile, the kernel does, a little later.
    if (auto grace = world.startup.config.global().login_grace_time.count(); grace > 0)
        ::alarm(static_cast<unsigned>(grace + grace_slack));
    auto loop = TRY(EventLoop::create());
    return Monitor{loop, world, connection, std::move(network)}.run();
}

Result<int> carry_out(ReceivedMessage& order, MessageSocket network, const MonitorWorld& world)
{
    if (order.number() == CloseRecords::number) {
        auto records = TRY(decode<CloseRecords>(order.payload));
        network.close();                                          // no connection is to come
        close_records(records, world.log);
        return 0;
    }
    auto connection = TRY(begin_connection(order, network, world.startup, world.log));
    order.fds.clear();                                            // only sshd-net holds the client's socket
    ProcessTitle{world.title}.set("[accepted]");
    if (!connection)
        return static_cast<int>(LoginEnd::fine);                  // its address has earned no penalty
    return watch_over(*connection, std::move(network), world);
}

void be_like_other_programs(const Startup& startup)
{
    if (!startup.out_of_memory_score.empty())
        (void)set_out_of_memory_score(startup.out_of_memory_score);
}

// A copy's life: one order, or none.
Result<int> live_as_copy(MessageSocket& network_orders, const MonitorWorld& world)
{
    name_this_process("sshd-session");
    ProcessTitle{world.title}.set("[waiting]");
    if (::setsid() < 0)
        return errno_failure("setsid");
    be_like_other_programs(world.startup);
    auto network = TRY(order_network_process(network_orders, world.startup.config.global(), world.log));
    network_orders.close();
    auto order = TRY(wait_for_order(world.listener, network));
    if (!order)                                                   // it was never needed
        return 0;
    return carry_out(*order, std::move(network), world);
}

Result<int> live_as_zygote(ReceivedMessage first, NetworkZygoteChild network, const MonitorWorld& world)
{
    name_this_process("sshd-zygote");
    ProcessTitle{world.title}.set("[zygote]");
    auto is_copy = MonitorZygote{world.listener, network.orders, world.log}.run(std::move(first));
    if (is_copy && *is_copy) {
        network.process = {};                                     // it is the zygote's child
        return live_as_copy(network.orders, world);
    }
    world.listener.close();
    network.orders.close();
    TRY(network.process.wait());                                  // it has copies to look after
    if (!is_copy)
        return fail(std::move(is_copy).error());
    return 0;
}

// The first order says what this process is.
Result<int> live(const MonitorWorld& world)
{
    auto network = TRY(start_network_zygote(world.startup));
    auto order = TRY(wait_for_order(world.listener, network.orders));
    if (order && order->number() == MakeMonitor::number)
        return live_as_zygote(*std::move(order), std::move(network), world);
    be_like_other_programs(world.startup);
    Result<int> status = 0;
    if (order) {
        auto socket = TRY(order_network_process(network.orders, world.startup.config.global(), world.log));
        status = carry_out(*order, std::move(socket), world);
    }
    network.orders.close();
    (void)reap(network.process);
    return status;
}

} // namespace

int run_monitor_process(ProcessTitle title)
{
    if (auto status = protocol_verdict())
        return *status;
    name_this_process("sshd-session");
    ignore_broken_pipes();
    ignore_size_limit();
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
    MessageSocket listener{Fd{session_fd::control}};
    SearchTimes search_times{session_fd::search_times};
    Fd{session_fd::search_times}.close();
    auto served = live({*startup, search_times, listener, title, *log});
    if (!served) {
        log->error("sshd-session: {}", printable(served.error().what));
        return 255;
    }
    return *served;
}

} // namespace nacre
