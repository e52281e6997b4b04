// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/forwardings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nacre {
namespace {

constexpr std::size_t longest_path = 108;                         // sockaddr_un; the kernel checks exactly

} // namespace

namespace {

using enum events::ForwardingResult;

events::Forwarded tcp_event(events::ForwardingAct act, std::string_view host, std::uint32_t port)
{
    events::Forwarded event{.act = act, .type = "tcp"};
    event.host = host;
    event.port = port;
    return event;
}

events::Forwarded unix_event(events::ForwardingAct act, std::string_view path)
{
    events::Forwarded event{.act = act, .type = "unix"};
    event.path = path;
    return event;
}

events::Forwarded event_of(ListenerKind kind, const std::string& address, std::uint32_t port, events::ForwardingAct act)
{
    switch (kind) {
    case ListenerKind::tcp: return tcp_event(act, address, port);
    case ListenerKind::unix_socket: return unix_event(act, address);
    case ListenerKind::display: return {.act = act, .type = "x11"};
    case ListenerKind::agent: break;
    }
    return {.act = act, .type = "agent"};
}

} // namespace

// What works is told to those who want to know more; what the rules refuse to everybody, but of a display or an agent,
// which many clients ask for without need.
void Forwardings::tell(events::Forwarded event, events::ForwardingResult result, std::string reason)
{
    bool often = event.type == "x11" || event.type == "agent";
    bool is_refusal = result == refused || (result == failed && event.act == events::ForwardingAct::listen);
    event.level = is_refusal ? (often && result == refused ? LogLevel::debug1 : LogLevel::info) : LogLevel::verbose;
    event.result = result;
    event.reason = std::move(reason);
    log_.tell(event);
}

Result<void> Forwardings::refuse(std::uint32_t channel, OpenFailure reason, std::string_view text)
{
    return network_.send(ConnectionMade{channel, static_cast<std::uint32_t>(reason), text});
}

Result<void> Forwardings::answer(std::uint32_t ticket, bool granted, std::uint32_t port)
{
    return network_.send(ForwardAnswer{ticket, granted, port});
}

// ---- connections for the client ----------------------------------------------------------

template <Message Order>
Result<void> Forwardings::connect(std::uint32_t channel, events::Forwarded event, Order order)
{
    if (connecting_.size() >= forwarding_limits::connecting)
        return peer_misbehaved("monitor: more connections are asked for than may be made at a time");
    order.id = next_id_++;
    connecting_[order.id] = {channel, std::move(event)};
    return user_.send(order);
}

Result<void> Forwardings::on(const AskTcp& question)
{
    log_.debug1("server_request_direct_tcpip: originator {} port {}, target {} port {}",
                printable(question.originator_address), question.originator_port, printable(question.host), question.port);
    auto event = tcp_event(events::ForwardingAct::connect, question.host, question.port);
    event.originator = question.originator_address;
    event.originator_port = question.originator_port;
    if (!policy_.may_connect(question.host, question.port)) {
        tell(std::move(event), refused);
        return refuse(question.channel, OpenFailure::administratively_prohibited, "open failed");
    }
    return connect(question.channel, std::move(event), ConnectTcp{0, std::string{question.host}, question.port,
                                                login_.options().address_family});
}

Result<void> Forwardings::on(const AskUnix& question)
{
    log_.debug1("server_request_direct_streamlocal: target {}", printable(question.path));
    bool fits = !question.path.empty() && question.path.size() < longest_path;
    auto event = unix_event(events::ForwardingAct::connect, question.path);
    if (!policy_.may_connect_to_socket() || !fits) {
        tell(std::move(event), refused);
        return refuse(question.channel, OpenFailure::administratively_prohibited, "open failed");
    }
    return connect(question.channel, std::move(event), ConnectUnix{0, std::string{question.path}});
}

Result<void> Forwardings::on(const AskTunnel& question)
{
    auto kind = static_cast<TunnelKind>(question.kind);
    auto unit = policy_.tunnel_unit(kind, question.unit);
    events::Forwarded event{.act = events::ForwardingAct::connect, .type = "tun"};
    if (!unit) {
        tell(std::move(event), refused);
        return refuse(question.channel, OpenFailure::administratively_prohibited, "open failed");
    }
    return connect(question.channel, std::move(event),
                   OpenTunnelDevice{0, kind == TunnelKind::ethernet, *unit == TunnelChannel::any_unit, *unit});
}

Result<void> Forwardings::on(const Connected& news, const std::vector<Fd>& fds)
{
    auto found = connecting_.find(news.id);
    if (found == connecting_.end())
        return peer_misbehaved("the user's process connected what was not ordered");
    auto [channel, event] = std::move(found->second);
    connecting_.erase(found);
    if (!news.problem.empty()) {
        tell(std::move(event), failed, std::string{news.problem});
        return refuse(channel, OpenFailure::connect_failed, news.problem);
    }
    if (fds.size() != 1)
        return peer_misbehaved("a connection without its descriptor");
    tell(std::move(event), opened);
    std::array number{fds[0].number()};
    return network_.send(ConnectionMade{channel, 0, {}}, number);
}

// ---- listeners ---------------------------------------------------------------------------

template <Message Order>
Result<void> Forwardings::listen(Listener listener, Order order)
{
    order.id = next_id_++;
    listeners_[order.id] = std::move(listener);
    return user_.send(order);
}

Result<void> Forwardings::on(const AskTcpListener& question)
{
    log_.debug1("server_input_global_request: tcpip-forward listen {} port {}", printable(question.address), question.port);
    bool allowed = policy_.may_listen(question.address, question.port);
    if (!allowed || listeners_.size() >= forwarding_limits::listeners) {
        tell(tcp_event(events::ForwardingAct::listen, question.address, question.port), refused);
        return answer(question.ticket, false);
    }
    auto& options = login_.options();
    return listen(Listener{ListenerKind::tcp, std::string{question.address}, question.port, false, {question.ticket}},
                  ListenTcp{0, listening_host(options.gateway_ports, question.address), question.port,
                            options.address_family});
}

Result<void> Forwardings::on(const AskUnixListener& question)
{
    log_.debug1("server_input_global_request: streamlocal-forward listen path {}", printable(question.path));
    bool fits = !question.path.empty() && question.path.size() < longest_path
                && listeners_.size() < forwarding_limits::listeners;
    if (!policy_.permits(Forwarding::unix_listen) || !fits) {
        tell(unix_event(events::ForwardingAct::listen, question.path), refused);
        return answer(question.ticket, false);
    }
    auto& options = login_.options();
    return listen(Listener{ListenerKind::unix_socket, std::string{question.path}, 0, false, {question.ticket}},
                  ListenUnix{0, std::string{question.path}, options.stream_local_bind_mask, options.stream_local_bind_unlink});
}

Result<void> Forwardings::on(const CancelTcpListener& question)
{
    return cancel(question.ticket, ListenerKind::tcp, question.address, question.port);
}

Result<void> Forwardings::on(const CancelUnixListener& question)
{
    return cancel(question.ticket, ListenerKind::unix_socket, question.path, 0);
}

// Also what does not listen yet: whoever asked for it is refused then.  A port that is still to be chosen has no name.
Result<void> Forwardings::cancel(std::uint32_t ticket, ListenerKind kind, std::string_view address, std::uint32_t port)
{
    auto found = std::ranges::find_if(listeners_, [&](auto& entry) {
        auto& listener = entry.second;
        return listener.kind == kind && listener.address == address && listener.port == port;
    });
    bool names_one = found != listeners_.end() && (kind != ListenerKind::tcp || port != 0);
    if (!names_one)
        return answer(ticket, false);
    TRY(stop(found));
    return answer(ticket, true);
}

Result<void> Forwardings::stop(std::map<std::uint32_t, Listener>::iterator listener)
{
    auto id = listener->first;
    auto tickets = std::move(listener->second.tickets);
    listeners_.erase(listener);
    for (auto ticket : tickets)
        TRY(answer(ticket, false));
    return user_.send(StopListening{id});
}

Result<void> Forwardings::on(const Listening& news)
{
    auto found = listeners_.find(news.id);
    if (found == listeners_.end())
        return {};                                                // stopped meanwhile
    auto& listener = found->second;
    if (std::exchange(listener.listens, true))
        return peer_misbehaved("the user's process listens where it was not ordered to");
    auto tickets = std::move(listener.tickets);
    bool granted = news.problem.empty();
    if (granted) {
        if (listener.kind == ListenerKind::tcp && listener.port == 0)
            listener.port = news.port;
        tell(event_of(listener.kind, listener.address, listener.port, events::ForwardingAct::listen), opened);
    } else {
        tell(event_of(listener.kind, listener.address, listener.port, events::ForwardingAct::listen), failed,
             std::string{news.problem});
        if (news.id == agent_listener_)
            agent_listener_ = 0;
        std::erase_if(displays_, [&](auto& entry) { return entry.second.listener == news.id; });
        listeners_.erase(found);
    }
    for (auto ticket : tickets)
        TRY(answer(ticket, granted, news.port));
    return {};
}

// ---- what sessions have ------------------------------------------------------------------

Result<void> Forwardings::on(const AskDisplay& question)
{
    bool allowed = policy_.permits(Forwarding::display) && is_display_cookie(question.protocol, question.cookie);
    bool free = !displays_.contains(question.session) && listeners_.size() < forwarding_limits::listeners;
    auto& xauth = login_.options().xauth_location;
    bool has_xauth = allowed && ::access(xauth.c_str(), X_OK) == 0;   // without it no program there could use the display
    if (allowed && !has_xauth)
        log_.info("No xauth program at {}: X11 is not forwarded", printable(xauth));
    if (!has_xauth || !free) {
        tell({.act = events::ForwardingAct::listen, .type = "x11"}, refused);
        return answer(question.ticket, false);
    }
    auto& options = login_.options();
    displays_[question.session] = {next_id_, std::string{question.protocol}, std::string{question.cookie}};
    return listen(Listener{ListenerKind::display, {}, 0, false, {question.ticket}},
                  ListenDisplay{0, options.x11_display_offset, options.x11_use_localhost, question.single_connection,
                                question.screen, options.address_family});
}

// One socket serves all sessions of a connection; those that asked are told of it.
Result<void> Forwardings::on(const AskAgent& question)
{
    if (!policy_.permits(Forwarding::agent) || listeners_.size() >= forwarding_limits::listeners
        || agent_sessions_.size() >= forwarding_limits::agent_waiting) {
        tell({.act = events::ForwardingAct::listen, .type = "agent"}, refused);
        return answer(question.ticket, false);
    }
    agent_sessions_.insert(question.session);
    if (agent_listener_ == 0) {
        agent_listener_ = next_id_;
        return listen(Listener{ListenerKind::agent, {}, 0, false, {question.ticket}}, ListenAgent{});
    }
    auto& listener = listeners_[agent_listener_];
    if (listener.listens)
        return answer(question.ticket, true);
    if (listener.tickets.size() >= forwarding_limits::agent_waiting)
        return peer_misbehaved("monitor: the agent's socket is asked for too often");
    listener.tickets.push_back(question.ticket);
    return {};
}

Result<void> Forwardings::session_is_gone(std::uint32_t session)
{
    agent_sessions_.erase(session);
    auto display = displays_.find(session);
    if (display == displays_.end())
        return {};
    auto listener = listeners_.find(display->second.listener);
    displays_.erase(display);
    return listener == listeners_.end() ? Result<void>{} : stop(listener);
}

void Forwardings::add_to(RunProgram& order, std::uint32_t session) const
{
    if (agent_sessions_.contains(session))
        order.agent_listener = agent_listener_;
    auto display = displays_.find(session);
    if (display == displays_.end())
        return;
    order.display_listener = display->second.listener;
    order.display_protocol = display->second.protocol;
    order.display_cookie = display->second.cookie;
    order.xauth = login_.options().xauth_location;
}

// ---- arrivals ----------------------------------------------------------------------------

Result<void> Forwardings::on(const Arrived& news, const std::vector<Fd>& fds)
{
    if (fds.size() != 1)
        return peer_misbehaved("an arrival without its descriptor");
    auto found = listeners_.find(news.id);
    if (found == listeners_.end() || !found->second.listens)
        return user_.send(AcceptAnother{news.id});                // stopped meanwhile; the descriptor closes
    auto& listener = found->second;
    if (++arriving_ > forwarding_limits::arriving_in_all || ++listener.arriving > forwarding_limits::arriving)
        return peer_misbehaved("more connections arrived than were asked for");
    auto event = event_of(listener.kind, listener.address, listener.port, events::ForwardingAct::arrival);
    event.originator = news.originator_address;
    event.originator_port = news.originator_port;
    tell(std::move(event), opened);
    std::array number{fds[0].number()};
    return network_.send(ConnectionCame{news.id, listener.kind, listener.address, listener.port,
                                        news.originator_address, news.originator_port},
                         number);
}

Result<void> Forwardings::on(const ArrivalSettled& news)
{
    auto listener = listeners_.find(news.listener);               // or it has been stopped meanwhile
    bool is_there = listener != listeners_.end();
    if (arriving_ == 0 || (is_there && listener->second.arriving == 0))
        return peer_misbehaved("monitor: an arrival was settled that did not come");
    --arriving_;
    if (is_there)
        --listener->second.arriving;
    return user_.send(AcceptAnother{news.listener});
}

} // namespace nacre
