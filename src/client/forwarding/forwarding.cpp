#include "client/forwarding/forwarding.h"

#include <fmt/format.h>

#include <array>

#include "base/table.h"
#include "base/text.h"

namespace nacre {

// A kind of channel that a server may open.
struct Forwarding::ServedKind {
    std::string_view name;
    bool (*is_wanted)(const Forwarding&);
    void (*open)(Forwarding&, ChannelId, Bytes details);
};

const Forwarding::ServedKind* Forwarding::served_kind(std::string_view name)
{
    constexpr auto wants_agent = [](const Forwarding& f) { return f.agent_.has_value(); };
    constexpr auto open_agent = [](Forwarding& f, ChannelId channel, Bytes) { f.agent_->open(channel); };
    static constexpr std::array rows{
        ServedKind{AgentChannel::name, wants_agent, open_agent},
        ServedKind{ForwardedStreamlocal::name, [](const Forwarding& f) { return !f.table_.rows().empty(); },
                   [](Forwarding& f, ChannelId channel, Bytes details) { f.remotes_.open_streamlocal(channel, details); }},
        ServedKind{ForwardedTcpip::name, [](const Forwarding& f) { return !f.table_.rows().empty(); },
                   [](Forwarding& f, ChannelId channel, Bytes details) { f.remotes_.open_tcpip(channel, details); }},
        ServedKind{StandardAgentChannel::name, wants_agent, open_agent},
        ServedKind{X11Channel::name, [](const Forwarding& f) { return f.x11_.has_value(); },
                   [](Forwarding& f, ChannelId channel, Bytes details) { f.x11_->open(channel, details); }},
    };
    return find_by_name(rows, name);
}

Forwarding::Forwarding(EventLoop& loop, ConnectionDriver& driver, Connection& connection, GlobalQuestions& questions,
                       const Configuration& configuration, ClientLog& log)
    : loop_(loop), driver_(driver), connection_(connection), configuration_(configuration), options_(configuration.options()),
      log_(log), connections_(loop, driver, connection, options_.address_family, log),
      socks_handshakes_(
          loop,
          [this](Fd socket, const SocketAddress& from, SocksNegotiation said, Bytes already_read) {
              Forward::End to{.host = said.host(), .port = said.port(), .path = {}};
              connections_.open(std::move(socket), from, to, std::move(said), already_read);
          },
          log),
      remotes_(loop, driver, connection, questions, table_, connections_, options_, log)
{
}

// ---- what the configuration asks for -----------------------------------------------------

Result<void> Forwarding::start()
{
    TRY(start_listed(ForwardKind::local, options_.local_forward));
    TRY(start_listed(ForwardKind::dynamic, options_.dynamic_forward));
    TRY(start_listed(ForwardKind::remote, options_.remote_forward));
    return start_tunnel();
}

Result<void> Forwarding::start_none(std::string_view why)
{
    bool wanted = !options_.local_forward.empty() || !options_.dynamic_forward.empty() || !options_.remote_forward.empty() ||
                  options_.tunnel != TunnelMode::no;
    if (!wanted)
        return {};
    auto sentence = fmt::format("Forwarding of ports and tunnels is switched off: {}.", why);
    if (options_.exit_on_forward_failure)
        return not_permitted(std::move(sentence));
    log_.error("{}", sentence);
    return {};
}

Result<void> Forwarding::start_listed(ForwardKind kind, const std::vector<Forward>& forwards)
{
    std::size_t failed = 0;
    for (auto& forward : forwards) {
        auto wish = configuration_.expand_paths(forward);
        auto row = wish ? table_.add(kind, *wish) : Result<ForwardRow*>{fail(wish.error())};
        if (row)
            tell_wish(**row);
        if (row && kind == ForwardKind::remote) {
            remotes_.ask(**row, [this](Result<const ForwardRow*> answer) {
                return answered(std::move(answer), options_.exit_on_forward_failure, {});
            });
            continue;
        }
        auto listening = row ? listen(**row) : Result<void>{fail(row.error())};
        if (listening)
            continue;
        ++failed;
        if (!row) {
            log_.error("{}", listening.error().what);
            continue;
        }
        tell_failure(**row, listening.error());
        table_.remove((*row)->id);
    }
    auto sentence = kind == ForwardKind::remote ? "Could not request remote forwarding." : "Could not request local forwarding.";
    if (failed > 0 && options_.exit_on_forward_failure)
        return not_permitted(sentence);
    if (failed > 0 && failed == forwards.size())
        log_.error("{}", sentence);
    return {};
}

// This and the next in the words that programs wait for.
void Forwarding::tell_wish(const ForwardRow& row)
{
    auto& from = row.forward.listen;
    bool local = row.kind != ForwardKind::remote;
    auto anywhere = local && options_.gateway_ports ? "*" : "LOCALHOST";
    auto place = from.path.empty() ? fmt::format("{}:{}", printable(from.host.value_or(anywhere)), from.port)
                                   : printable(from.path);
    log_.debug1("{} {} forwarded to {} address {}", local ? "Local connections to" : "Remote connections from", place,
                local ? "remote" : "local", target_told(row.forward));
}

void Forwarding::tell_failure(const ForwardRow& row, const Error& why)
{
    auto& listen = row.forward.listen;
    if (!listen.path.empty())
        return log_.error("{}: {}", describe(row), why.what);
    log_.error("{}", why.what);
    log_.error("channel_setup_fwd_listener_tcpip: cannot listen to port: {} ({})", listen.port, describe(row));
}

Result<void> Forwarding::start_tunnel()
{
    if (options_.tunnel == TunnelMode::no)
        return {};
    auto tunnel = TunnelForwarding::open(loop_, driver_, connection_, options_, log_);
    if (tunnel) {
        tunnel_.emplace(std::move(*tunnel));
        return {};
    }
    log_.error("Tunnel: {}", tunnel.error().what);
    if (options_.exit_on_forward_failure)
        return not_permitted("Could not request tunnel forwarding.");
    log_.error("Could not request tunnel forwarding.");
    return {};
}

void Forwarding::forward_agent(std::string socket, const SessionBinding& binding)
{
    agent_.emplace(loop_, driver_, connection_, std::move(socket), binding, log_);
}

void Forwarding::forward_x11(X11Access access)
{
    x11_.emplace(loop_, connection_, connections_, std::move(access), log_);
}

// ---- adding and cancelling ---------------------------------------------------------------

void Forwarding::add(ForwardKind kind, const Forward& forward, OnAdded on_added)
{
    auto wish = configuration_.expand_paths(forward);
    auto row = wish ? table_.add(kind, *wish) : Result<ForwardRow*>{fail(wish.error())};
    if (!row) {
        on_added(fail(row.error()));
        return;
    }
    if (kind == ForwardKind::remote) {
        remotes_.ask(**row, [this, on_added = std::move(on_added)](Result<const ForwardRow*> answer) {
            return answered(std::move(answer), false, on_added);
        });
        driver_.advance();
        return;
    }
    if (auto listening = listen(**row); !listening) {
        auto id = (*row)->id;
        on_added(fail(in_context(describe(**row), std::move(listening.error()))));
        table_.remove(id);
        return;
    }
    on_added(*row);
}

Result<void> Forwarding::end(const ForwardRow* row)
{
    if (!row)
        return bad_input("Unknown port forwarding.");
    if (row->kind == ForwardKind::remote)
        remotes_.cancel(*row);
    listeners_.erase(row->id);
    table_.remove(row->id);
    driver_.advance();
    return {};
}

void Forwarding::stop_listening()
{
    while (!table_.rows().empty())
        (void)end(&table_.rows().front());
}

void Forwarding::close_copies()
{
    for (auto& [id, listener] : listeners_)
        listener->close_copies();
}

// ---- listening here ----------------------------------------------------------------------

Result<void> Forwarding::listen(const ForwardRow& row)
{
    auto& place = row.forward.listen;
    auto sockets = listen_locally(place, options_, log_);
    if (!sockets)
        return fail(std::move(sockets).error());
    listeners_[row.id] = std::make_unique<LocalListener>(
        loop_, std::move(*sockets), place.path,
        [this, id = row.id](Fd socket, const SocketAddress& from) { accepted(id, std::move(socket), from); }, log_);
    table_.find(row.id)->state = ForwardRow::State::active;
    return {};
}

void Forwarding::accepted(std::uint32_t id, Fd socket, const SocketAddress& from)
{
    auto* row = table_.find(id);
    if (!row)
        return;
    if (row->forward.connect)
        connections_.open(std::move(socket), from, *row->forward.connect);
    else
        socks_handshakes_.add(std::move(socket), from);
}

// ---- listening there ---------------------------------------------------------------------

Result<void> Forwarding::answered(Result<const ForwardRow*> row, bool decides, const OnAdded& on_added)
{
    if (row)
        tell_port(**row);
    else if (decides && row.error().kind == ErrorKind::not_permitted)
        return not_permitted("Error: " + row.error().what);
    else if (!on_added)
        log_.info("Warning: {}", row.error().what);
    if (on_added)
        on_added(std::move(row));
    if (is_settled() && !on_added)
        log_.debug1("forwarding_success: all expected forwarding replies received");
    if (is_settled() && on_settled)
        on_settled();
    return {};
}

// Programs wait for this line, to learn the number.
void Forwarding::tell_port(const ForwardRow& row)
{
    auto& listen = row.forward.listen;
    if (!listen.path.empty() || listen.port != 0)
        return;
    log_.info("Allocated port {} for remote forward to {}", row.port, target_told(row.forward));
}

// ---- connections -------------------------------------------------------------------------

std::size_t Forwarding::connections() const { return connections_.count() + (agent_ ? agent_->count() : 0); }

std::vector<std::string> Forwarding::describe_connections() const
{
    auto lines = connections_.describe();
    if (agent_)
        for (auto channel : agent_->channels())
            lines.push_back(fmt::format("#{} {}", channel, AgentChannel::name));
    return lines;
}

bool Forwarding::open(const OpenRequested& event)
{
    auto* kind = served_kind(event.kind);
    if (!kind || !kind->is_wanted(*this))
        return false;
    kind->open(*this, event.channel, event.details);
    return true;
}

bool Forwarding::on(const Opened& event)
{
    return connections_.on(event) || (tunnel_ && tunnel_->on(event, connections_));
}

Result<bool> Forwarding::on(const OpenRefused& event)
{
    if (connections_.on(event))
        return true;
    if (!tunnel_ || !tunnel_->on(event))
        return false;
    log_.error("Tunnel forwarding failed: {}: {}", to_text(event.reason), printable(event.description));
    if (options_.exit_on_forward_failure)
        return not_permitted("Tunnel forwarding failed");
    return true;
}

void Forwarding::on(const PeerFinished& event)
{
    if (agent_)
        agent_->on(event);
    connections_.sockets().on(event);
}

bool Forwarding::on(const Closed& event)
{
    if (agent_ && agent_->on(event))
        return true;
    return connections_.on(event);
}

} // namespace nacre
