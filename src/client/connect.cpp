#include "client/connect.h"

#include <fmt/format.h>

#include <csignal>
#include <optional>

#include "base/text.h"
#include "config/destination.h"
#include "os/fd_passing.h"
#include "os/waiting.h"

namespace nacre {
namespace {

std::string bracketed(const SocketAddress& address) { return fmt::format("[{}]:{}", address.host, address.port); }

// The program hands over a connected descriptor and ends (ProxyUseFdpass), and with it what it holds of ours.
// Of a program: what it is to do within ConnectTimeout.
Result<void> wait_for(int fd, std::optional<Duration> patience, const Child& child, std::string_view what)
{
    auto came = patience ? wait_until_readable(fd, *patience) : Result<bool>{true};
    if (came && *came)
        return {};
    (void)child.send_signal(SIGHUP);
    return came ? system_failure(fmt::format("Connection timed out: {}", what)) : Failure{std::move(came).error()};
}

Result<ServerLink> receive_link(SpawnRequest request, std::optional<Duration> patience, Log& log)
{
    auto pair = TRY(make_socket_pair());
    request.output = pair.theirs.number();
    auto child = TRY(spawn(request));
    pair.theirs.close();
    TRY(set_blocking(pair.ours.number(), Blocking::yes));
    TRY(wait_for(pair.ours.number(), patience, child, "the proxy command passes no connection"));
    std::uint8_t byte = 0;
    auto received = TRY(receive_fds(pair.ours.number(), MutableBytes{&byte, 1}));
    if (received.fds.size() != 1)
        return system_failure("the proxy command did not pass a connection");
    TRY(wait_for(child.pidfd().number(), patience, child, "the proxy command has passed a connection and does not end"));
    auto ended = child.wait();
    if (ended && !ended->success())
        log.debug1("the proxy command ended with status {}", ended->code);
    TRY(set_blocking(received.fds[0].number(), Blocking::no));
    return ServerLink{.link = {.in = std::move(received.fds[0]), .out = {}}, .peer = {}, .proxy = {}};
}

bool may_go_to_background(const ClientOptions& options)
{
    return options.fork_after_authentication || (options.control_persist.on && !is_unset(options.control_path));
}

// The program is the connection: its standard input and output.
Result<ServerLink> talk_to_program(SpawnRequest request, const ClientOptions& options)
{
    Pipe errors;
    if (may_go_to_background(options)) {
        errors = TRY(make_pipe());
        TRY(set_blocking(errors.reader.number(), Blocking::no));
        request.error = errors.writer.number();
    }
    auto to_child = TRY(make_pipe());
    auto from_child = TRY(make_pipe());
    request.input = to_child.reader.number();
    request.output = from_child.writer.number();
    auto child = TRY(spawn(request));
    TRY(set_blocking(to_child.writer.number(), Blocking::no));
    TRY(set_blocking(from_child.reader.number(), Blocking::no));
    return ServerLink{.link = {.in = std::move(from_child.reader), .out = std::move(to_child.writer)},
                      .peer = {},
                      .proxy = std::move(child),
                      .times = {},
                      .proxy_errors = std::move(errors.reader)};
}

Result<ServerLink> connect_through_command(const Configuration& configuration, Log& log)
{
    auto& options = configuration.options();
    auto command = TRY(configuration.expand(options.proxy_command, tokens::proxy));
    log.debug1("Executing proxy command: exec {}", printable(command));
    auto request = shell_command("exec " + command);
    return options.proxy_use_fdpass ? receive_link(std::move(request), patience_of(options), log)
                                    : talk_to_program(std::move(request), options);
}

// Its tokens speak of the connection that the hop is for.  The % of an address is that of its zone.
Result<Destination> expanded_hop(const Configuration& configuration, std::string_view written)
{
    auto hop = TRY(parse_hop(written));
    hop.user = TRY(configuration.expand(hop.user, tokens::proxy));
    if (hop.user.contains(','))                                   // with which another hop would begin
        return bad_input(fmt::format("user name \"{}\" of a jump host contains a comma", printable(hop.user)));
    if (!hop.host.contains(':'))
        hop.host = TRY(configuration.expand(hop.host, tokens::proxy));
    TRY(check_host_name(hop.host));
    return hop;
}

// For another -J, which will expand them once more.
Result<std::string> expanded_hops(const Configuration& configuration, std::string_view jumps)
{
    std::string text;
    for (auto part : split(jumps, ',')) {
        auto hop = TRY(expanded_hop(configuration, part));
        hop.user = without_tokens(hop.user);
        if (!hop.host.contains(':'))
            hop.host = without_tokens(hop.host);
        text += (text.empty() ? "" : ",") + to_text(hop);
    }
    return text;
}

// The last hop connects to the server for us; it is reached by way of the others, and so on.
Result<ServerLink> connect_through_jumps(const Configuration& configuration, std::string_view jumps, Log& log)
{
    unsigned verbosity = 0;
    for (auto level : {LogLevel::debug1, LogLevel::debug2, LogLevel::debug3})
        verbosity += log.wants(level) ? 1 : 0;
    auto request = jump_command(configuration, jumps, verbosity);
    if (!request)
        return fail(request.error());
    log.debug1("Going through a jump host: {}", printable(join(request->arguments, " ")));
    return talk_to_program(std::move(*request), configuration.options());
}

} // namespace

// This very program, run once more; no shell in between.
Result<SpawnRequest> jump_command(const Configuration& configuration, std::string_view jumps, unsigned verbosity)
{
    auto& options = configuration.options();
    auto comma = jumps.rfind(',');
    auto hop = TRY(expanded_hop(configuration, comma == std::string_view::npos ? jumps : jumps.substr(comma + 1)));
    auto program = TRY(own_program());
    SpawnRequest request{.program = std::move(program)};
    auto& arguments = request.arguments;
    arguments.push_back("ssh");
    auto add = [&](std::string_view flag, std::string value) {
        arguments.emplace_back(flag);
        arguments.push_back(std::move(value));
    };
    if (!hop.user.empty())
        add("-l", hop.user);
    if (hop.port)
        add("-p", std::to_string(*hop.port));
    if (comma != std::string_view::npos) {
        auto others = TRY(expanded_hops(configuration, jumps.substr(0, comma)));
        add("-J", std::move(others));
    }
    if (auto& file = configuration.config_file())
        add("-F", *file);
    if (verbosity > 0)
        arguments.push_back("-" + std::string(verbosity, 'v'));
    add("-W", fmt::format("[{}]:{}", configuration.host(), options.port));
    arguments.emplace_back("--");
    arguments.push_back(hop.host);
    return request;
}

std::string ServerLink::shown() const { return peer ? bracketed(*peer) : "via proxy"; }

Result<ServerLink> connect_to_server(const Configuration& configuration, bool interactive, Log& log)
{
    auto& options = configuration.options();
    if (configuration.uses_proxy_command())
        return connect_through_command(configuration, log);
    if (auto jumps = jumps_to(configuration); !jumps.empty())
        return connect_through_jumps(configuration, jumps, log);
    auto traffic_class = interactive ? options.ip_qos.interactive : options.ip_qos.bulk;
    auto connection = TRY(connect_directly(options, traffic_class, log));
    return ServerLink{.link = {.in = std::move(connection.socket), .out = {}}, .peer = std::move(connection.peer), .proxy = {},
                      .times = connection.times};
}

} // namespace nacre
