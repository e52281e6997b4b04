#include "server/forwarding_channels.h"

#include <array>
#include <utility>

#include "base/table.h"
#include "base/text.h"
#include "connection/global_requests.h"
#include "runtime/tunnel_endpoint.h"

namespace nacre {
namespace {

constexpr std::size_t longest_question = 4096;                    // a target and where the connection came from

} // namespace

const ForwardingChannels::Row<ForwardingChannels::Opener>* ForwardingChannels::find_kind(std::string_view name)
{
    static constexpr std::array rows{
        Row<Opener>{DirectStreamlocal::name, &ForwardingChannels::on_unix},
        Row<Opener>{DirectTcpip::name, &ForwardingChannels::on_tcp},
        Row<Opener>{TunnelChannel::name, &ForwardingChannels::on_tunnel},
    };
    return find_by_name(rows, name);
}

const ForwardingChannels::Row<ForwardingChannels::Handler>* ForwardingChannels::find_request(std::string_view name)
{
    static constexpr std::array rows{
        Row<Handler>{CancelStreamlocalForward::name, &ForwardingChannels::on_unix_cancel},
        Row<Handler>{CancelTcpipForward::name, &ForwardingChannels::on_tcp_cancel},
        Row<Handler>{StreamlocalForward::name, &ForwardingChannels::on_unix_forward},
        Row<Handler>{TcpipForward::name, &ForwardingChannels::on_tcp_forward},
    };
    return find_by_name(rows, name);
}

// ---- channels that the client opens ------------------------------------------------------

Result<bool> ForwardingChannels::opened_by_peer(const OpenRequested& request)
{
    auto* row = find_kind(request.kind);
    if (!row)
        return false;
    TRY((this->*row->function)(request));
    return true;
}

Result<void> ForwardingChannels::on_tcp(const OpenRequested& request)
{
    auto target = TRY(decode<DirectTcpip>(request.details));
    return want(DirectTcpip::name, AskTcp{request.channel.value, target.host, target.port, target.originator_address, target.originator_port});
}

Result<void> ForwardingChannels::on_unix(const OpenRequested& request)
{
    auto target = TRY(decode<DirectStreamlocal>(request.details));
    return want(DirectStreamlocal::name, AskUnix{request.channel.value, target.path});
}

Result<void> ForwardingChannels::on_tunnel(const OpenRequested& request)
{
    auto tunnel = TRY(decode<TunnelChannel>(request.details));
    AskTunnel question{request.channel.value, static_cast<std::uint32_t>(tunnel.kind), tunnel.unit};
    return want(timeout_name_of(TunnelChannel::name), question, tunnel.kind);
}

template <Message M>
Result<void> ForwardingChannels::want(std::string_view kind, const M& question, std::optional<TunnelKind> tunnel)
{
    auto bytes = encode(question);
    if (bytes.size() > longest_question) {                        // what waits is held in memory
        connection_.refuse(ChannelId{question.channel}, OpenFailure::administratively_prohibited, "too long");
        return {};
    }
    wanted_[question.channel] = {kind, std::move(bytes), tunnel};
    waiting_.push_back(question.channel);
    return ask_next();
}

Result<void> ForwardingChannels::ask_next()
{
    using namespace forwarding_limits;
    auto now = loop_.now();
    std::erase_if(asked_lately_, [&](auto& asked) { return now - asked.at >= slow_after; });
    while (!waiting_.empty() && asked_ < connecting && asked_lately_.size() < connecting_lately) {
        auto channel = waiting_.front();
        waiting_.pop_front();
        ++asked_;
        asked_lately_.push_back({channel, now});
        TRY(monitor_.send_payload(std::exchange(wanted_[channel].question, {})));
    }
    next_turn_.reset();
    if (!waiting_.empty() && asked_ < connecting)                 // else an answer has us ask
        next_turn_ = loop_.at(asked_lately_.front().at + slow_after, [this] {
            if (auto asked = ask_next(); !asked)
                driver_.end(asked.error());
        });
    return {};
}

Result<void> ForwardingChannels::on(const ConnectionMade& made, std::vector<Fd> fds)
{
    auto found = wanted_.find(made.channel);
    if (found == wanted_.end() || !found->second.question.empty())
        return bad_input("the monitor connected what was not asked for");
    auto kind = found->second.kind;
    auto tunnel = found->second.tunnel;
    wanted_.erase(found);
    --asked_;
    std::erase_if(asked_lately_, [&](auto& asked) { return asked.channel == made.channel; });
    ChannelId channel{made.channel};
    if (made.failure != 0) {
        connection_.refuse(channel, static_cast<OpenFailure>(made.failure), made.text);
        return ask_next();
    }
    if (fds.size() != 1)
        return bad_input("a connection came without its descriptor");
    connection_.accept(channel);
    if (tunnel) {
        tunnels_.insert(made.channel);
        driver_.attach(channel, std::make_unique<TunnelEndpoint>(loop_, std::move(fds[0]), *tunnel));
    } else {
        sockets_.join(channel, std::move(fds[0]));
    }
    timeouts_.attached(channel, std::string{kind});
    return ask_next();
}

// ---- listening ---------------------------------------------------------------------------

Result<bool> ForwardingChannels::on(const GlobalRequested& request)
{
    auto* row = find_request(request.request);
    if (!row)
        return false;
    TRY((this->*row->function)(request));
    return true;
}

Result<void> ForwardingChannels::on_tcp_forward(const GlobalRequested& request)
{
    auto wanted = TRY(decode<TcpipForward>(request.details));
    if (wanted.port == 0 && request.want_reply == WantReply::no)
        return {};                                                // nobody could learn the port
    auto ticket = TRY(replies_.expect(request.want_reply));
    if (wanted.port == 0)
        says_port_.emplace(ticket, wanted.address);
    return monitor_.send(AskTcpListener{ticket, wanted.address, wanted.port});
}

Result<void> ForwardingChannels::on_tcp_cancel(const GlobalRequested& request)
{
    auto wanted = TRY(decode<CancelTcpipForward>(request.details));
    auto ticket = TRY(replies_.expect(request.want_reply));
    auto port = asked_ports_.cancelled(wanted.address, wanted.port);
    return monitor_.send(CancelTcpListener{ticket, wanted.address, port});
}

Result<void> ForwardingChannels::on_unix_forward(const GlobalRequested& request)
{
    auto wanted = TRY(decode<StreamlocalForward>(request.details));
    auto ticket = TRY(replies_.expect(request.want_reply));
    return monitor_.send(AskUnixListener{ticket, wanted.path});
}

Result<void> ForwardingChannels::on_unix_cancel(const GlobalRequested& request)
{
    auto wanted = TRY(decode<CancelStreamlocalForward>(request.details));
    auto ticket = TRY(replies_.expect(request.want_reply));
    return monitor_.send(CancelUnixListener{ticket, wanted.path});
}

bool ForwardingChannels::on(const ForwardAnswer& answer)
{
    auto asked = says_port_.extract(answer.ticket);
    bool says_port = asked && answer.granted;
    if (says_port && names_asked_ports_)
        asked_ports_.chosen(asked.mapped(), answer.port);
    return replies_.settle(answer.ticket, answer.granted, says_port ? encode(AllocatedPort{answer.port}) : ByteVector{});
}

// ---- channels that we open ---------------------------------------------------------------

void ForwardingChannels::settled(std::uint32_t listener) { (void)monitor_.send(ArrivalSettled{listener}); }

Result<void> ForwardingChannels::on(const ConnectionCame& came, std::vector<Fd> fds, AgentKind agent_kind)
{
    if (fds.size() != 1)
        return bad_input("a connection came without its descriptor");
    if (connection_.channel_count() >= Connection::most_channels) {
        log_.info("a connection to a forwarding is dropped: too many channels");
        settled(came.listener);
        return {};
    }
    ChannelId channel{};
    std::string_view kind;
    switch (came.kind) {
    case ListenerKind::tcp:
        channel = connection_.open(ForwardedTcpip{came.address, asked_ports_.name_of(came.address, came.port),
                                                  came.originator_address, came.originator_port});
        kind = ForwardedTcpip::name;
        break;
    case ListenerKind::unix_socket:
        channel = connection_.open(ForwardedStreamlocal{.path = came.address});
        kind = ForwardedStreamlocal::name;
        break;
    case ListenerKind::display:
        channel = connection_.open(X11Channel{came.originator_address, came.originator_port});
        kind = "x11-connection";
        break;
    case ListenerKind::agent:
        channel = agent_kind == AgentKind::standard ? connection_.open(StandardAgentChannel{}) : connection_.open(AgentChannel{});
        kind = "agent-connection";
        break;
    default:
        return bad_input("a connection came from an unknown kind of listener");
    }
    arrived_[channel.value] = {came.listener, kind, std::move(fds[0])};
    return {};
}

void ForwardingChannels::on(const Opened& opened)
{
    auto found = arrived_.find(opened.channel.value);
    if (found == arrived_.end())
        return;
    sockets_.join(opened.channel, std::move(found->second.fd));
    timeouts_.attached(opened.channel, std::string{found->second.kind});
    settled(found->second.listener);
    arrived_.erase(found);
}

void ForwardingChannels::on(const OpenRefused& refused)
{
    auto found = arrived_.find(refused.channel.value);
    if (found == arrived_.end())
        return;
    log_.debug1("the client refused a forwarded connection: {}", printable(refused.description));
    settled(found->second.listener);
    arrived_.erase(found);
}

// ---- the end -----------------------------------------------------------------------------

void ForwardingChannels::on(const PeerFinished& finished)
{
    if (tunnels_.contains(finished.channel.value))
        connection_.close(finished.channel);                      // a device has no end of its own
    else
        sockets_.on(finished);
}

bool ForwardingChannels::on(const Closed& closed)
{
    if (tunnels_.erase(closed.channel.value) == 0)
        return sockets_.on(closed);
    driver_.detach(closed.channel);
    return true;
}

} // namespace nacre
