#include "client/session_requests.h"

#include <fmt/format.h>

#include "base/text.h"
#include "connection/channel_requests.h"
#include "connection/program_end.h"
#include "runtime/fd_endpoint.h"

namespace nacre {
namespace {

constexpr std::uint32_t break_length = 1000;                      // milliseconds

} // namespace

SessionRequests::SessionRequests(ConnectionDriver& driver, Connection& connection, Log& log, ChannelId channel,
                                 const SessionWish& wish)
    : driver_(driver), connection_(connection), log_(log), channel_(channel)
{
    if (wish.x11)
        ask_for_x11(*wish.x11);
    if (wish.agent)
        ask_for_agent();
    if (wish.terminal)
        ask_for_terminal(*wish.terminal);
    send_environment(wish.environment);
    ask_for_program(wish);
}

// ---- asking ------------------------------------------------------------------------------

template <class Request>
void SessionRequests::ask(Asked what, const Request& request)
{
    connection_.request(channel_, request, WantReply::yes);
    unanswered_.push_back(what);
}

// By the usual name also where the server has not said yet which it knows: all know that.
void SessionRequests::ask_for_agent()
{
    if (connection_.peer_forwards_agents())
        connection_.request(channel_, StandardAgentRequest{}, WantReply::no);
    else
        connection_.request(channel_, AgentRequest{}, WantReply::no);
}

void SessionRequests::ask_for_x11(const X11Access& access)
{
    auto cookie = to_hex(access.fake.bytes());
    ask(Asked::x11, X11Request{false, access.protocol, cookie, access.display.screen});
}

void SessionRequests::ask_for_terminal(const SessionWish::Terminal& terminal)
{
    auto& size = size_told_ = terminal.size;
    ask(Asked::terminal, PtyRequest{.term = terminal.type,
                                    .columns = size.columns,
                                    .rows = size.rows,
                                    .width_pixels = size.width_pixels,
                                    .height_pixels = size.height_pixels,
                                    .modes = terminal.modes});
}

void SessionRequests::send_environment(const std::vector<Variable>& environment)
{
    for (auto& variable : environment) {
        if (variable.name.empty())
            continue;
        log_.debug1("channel {}: setting env {}", channel_.value, printable(variable.name));
        connection_.request(channel_, EnvRequest{variable.name, variable.value}, WantReply::no);
    }
}

void SessionRequests::ask_for_program(const SessionWish& wish)
{
    switch (wish.kind) {
    case SessionPlan::Kind::command:
        log_.debug1("Sending command: {}", printable(wish.command));
        program_request_ = ExecRequest::name;
        return ask(Asked::program, ExecRequest{wish.command});
    case SessionPlan::Kind::subsystem:
        log_.debug1("Sending subsystem: {}", printable(wish.command));
        program_request_ = SubsystemRequest::name;
        return ask(Asked::program, SubsystemRequest{wish.command});
    default:
        program_request_ = ShellRequest::name;
        return ask(Asked::program, ShellRequest{});
    }
}

std::optional<SessionRequests::Asked> SessionRequests::answered()
{
    if (unanswered_.empty())
        return std::nullopt;
    auto asked = unanswered_.front();
    unanswered_.pop_front();
    return asked;
}

std::string SessionRequests::refusal(Asked what) const
{
    auto request = what == Asked::x11        ? "X11 forwarding"
                   : what == Asked::terminal ? "PTY allocation"
                                             : program_request_;
    return fmt::format("{} request failed on channel {}", request, channel_.value);
}

// ---- while the program runs --------------------------------------------------------------

void SessionRequests::tell_size(const WindowSize& size)
{
    size_told_ = size;
    connection_.request(channel_, WindowChange{size.columns, size.rows, size.width_pixels, size.height_pixels},
                        WantReply::no);
}

void SessionRequests::send_break() { connection_.request(channel_, BreakRequest{break_length}, WantReply::no); }

void SessionRequests::hear(const Requested& event)
{
    bool known = true;
    if (auto end = read_program_end(event)) {
        if (!end->status)
            log_.verbose("The remote command was killed by signal {}{}", printable(end->signal),
                         end->core_dumped ? ", core dumped" : "");
        if (end->status || !status_)                              // a status counts whatever else is said
            status_ = end->exit_status();
    } else if (event.request == EndOfWrite::name) {
        if (auto* ours = static_cast<FdEndpoint*>(driver_.endpoint(channel_)))
            ours->stop_reading();
        connection_.finish(channel_);
    } else {
        known = false;
    }
    if (event.want_reply == WantReply::yes)
        connection_.answer(channel_, known);
}

} // namespace nacre
