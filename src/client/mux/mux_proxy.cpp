#include "client/mux/mux_proxy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"

namespace nacre {
namespace {

constexpr std::chrono::milliseconds look_for_room_every{10};

} // namespace

MuxProxy::MuxProxy(MuxWorld& world, Fd socket, Bytes already_read, std::function<void()> ended)
    : world_(world), ended_(std::move(ended)),
      transport_(Transport::Bare{}, Role::server, random_, world.log, world.loop.now()), connection_(transport_),
      driver_(world.loop, Link{.in = std::move(socket), .out = {}}, transport_, connection_,
              static_cast<ConnectionDriver::Owner&>(*this), world.log)
{
    driver_.start(already_read);
}

MuxProxy::~MuxProxy() = default;

// ---- channels ----------------------------------------------------------------------------

MuxProxy::Joined* MuxProxy::find_at_server(ChannelId channel) const
{
    auto found = by_server_.find(channel.value);
    return found == by_server_.end() ? nullptr : found->second.get();
}

MuxProxy::Joined* MuxProxy::find_at_client(ChannelId channel) const
{
    auto found = by_client_.find(channel.value);
    return found == by_client_.end() ? nullptr : found->second.get();
}

void MuxProxy::join(const std::shared_ptr<Joined>& joined)
{
    joined->bridge = std::make_shared<ChannelBridge>([this] { soon(); });
    by_server_[joined->at_server->value] = joined;
    by_client_[joined->at_client->value] = joined;
}

std::optional<ChannelId> MuxProxy::spare_for(const Joined& joined) const
{
    bool fits = joined.asked_by_client && joined.kind == SessionChannel::name;
    return fits ? world_.spare.take() : std::nullopt;
}

void MuxProxy::forget_at_server(ChannelId channel)
{
    auto joined = by_server_.extract(channel.value);
    joined.mapped()->at_server.reset();
    if (auto end = world_.driver.detach(channel))
        end->flush();                                             // data of this very turn
}

void MuxProxy::forget_at_client(ChannelId channel)
{
    auto joined = by_client_.extract(channel.value);
    joined.mapped()->at_client.reset();
    if (auto end = driver_.detach(channel))
        end->flush();
}

// One side has closed: the other follows when it has taken what the first left behind.
void MuxProxy::close_drained()
{
    for (auto& [number, joined] : by_client_)
        if (!joined->at_server && joined->is_open && joined->bridge->is_drained(ChannelBridge::Side::server))
            connection_.close({number});
    for (auto& [number, joined] : by_server_)
        if (!joined->at_client && joined->is_open && joined->bridge->is_drained(ChannelBridge::Side::client))
            world_.connection.close({number});
}

std::vector<ChannelId> MuxProxy::channels() const
{
    std::vector<ChannelId> all;
    for (auto& [number, joined] : by_server_)
        all.push_back({number});
    return all;
}

std::vector<std::string> MuxProxy::describe() const
{
    std::vector<std::string> lines;
    for (auto& [number, joined] : by_server_)
        lines.push_back(fmt::format("#{} {}, of a proxied client", number, printable(joined->kind)));
    return lines;
}

// ---- from the server ---------------------------------------------------------------------

bool MuxProxy::is_listening(const Listening& place) const
{
    return std::ranges::find(listening_, place) != listening_.end();
}

// Of a connection that somebody made to where the client lets the server listen.
bool MuxProxy::listens(std::string_view kind, Bytes details) const
{
    if (kind == ForwardedStreamlocal::name) {
        auto opened = decode<ForwardedStreamlocal>(details);
        return opened && is_listening({std::string{opened->path}, 0, true});
    }
    auto opened = kind == ForwardedTcpip::name ? decode<ForwardedTcpip>(details)
                                               : Result<ForwardedTcpip>{bad_input("another kind of channel")};
    if (!opened)
        return false;
    auto has_port = [&](auto& place) { return !place.is_path && place.port == opened->connected_port; };
    if (is_listening({std::string{opened->connected_address}, opened->connected_port, false}))
        return true;
    // Servers differ in how they write the address (RFC 4254 §7.2 wants it as asked for).
    return std::ranges::count_if(listening_, has_port) == 1 &&
           !world_.forwarding.table().allows(opened->connected_address, opened->connected_port);
}

bool MuxProxy::open(const OpenRequested& event)
{
    if (gone_ || !listens(event.kind, event.details))
        return false;
    if (connection_.channel_count() >= Connection::most_channels) {
        world_.connection.refuse(event.channel, OpenFailure::resource_shortage, "too many channels");
        return true;
    }
    auto joined = std::make_shared<Joined>();
    joined->kind = event.kind;
    joined->at_server = event.channel;
    joined->at_client = connection_.open(event.kind, event.details, {});
    join(joined);
    soon();
    return true;
}

bool MuxProxy::on(const Opened& event)
{
    auto* joined = find_at_server(event.channel);
    if (!joined)
        return false;
    joined->is_open = true;
    connection_.accept(*joined->at_client);
    world_.driver.attach(event.channel, joined->bridge->end(ChannelBridge::Side::server));
    driver_.attach(*joined->at_client, joined->bridge->end(ChannelBridge::Side::client));
    catch_up(*joined);
    if (joined->kind == SessionChannel::name)
        world_.spare.stock_up();
    soon();
    return true;
}

bool MuxProxy::on(const OpenRefused& event)
{
    auto* joined = find_at_server(event.channel);
    if (!joined)
        return false;
    if (auto spare = spare_for(*joined)) {                        // which may have been one too many
        auto moved = by_server_.extract(event.channel.value);
        moved.key() = spare->value;
        joined->at_server = *spare;
        by_server_.insert(std::move(moved));
        return on(Opened{*spare, {}});
    }
    auto at_client = *joined->at_client;
    connection_.refuse(at_client, event.reason, event.description);
    forget_at_server(event.channel);
    by_client_.erase(at_client.value);
    soon();
    return true;
}

bool MuxProxy::on(const Requested& event)
{
    auto* joined = find_at_server(event.channel);
    if (!joined)
        return false;
    if (joined->at_client)
        connection_.request(*joined->at_client, event.request, event.details, event.want_reply);
    else if (event.want_reply == WantReply::yes)
        world_.connection.answer(event.channel, false);
    soon();
    return true;
}

bool MuxProxy::on(const RequestAnswered& event)
{
    auto* joined = find_at_server(event.channel);
    if (!joined)
        return false;
    if (!joined->unanswered.empty()) {
        joined->unanswered.pop_front();
        if (joined->at_client)
            connection_.answer(*joined->at_client, event.success);
        answer_refused(*joined);
    }
    soon();
    return true;
}

bool MuxProxy::on(const Closed& event)
{
    if (!find_at_server(event.channel))
        return false;
    forget_at_server(event.channel);
    soon();
    return true;
}

// ---- from the client ---------------------------------------------------------------------

Result<void> MuxProxy::drain()
{
    for (;;) {
        if (world_.connection.is_congested()) {
            hold();
            return {};
        }
        if (transport_.waiting() > most_waiting)
            return peer_misbehaved("a client of the control socket does not read what it asked for");
        auto news = TRY(transport_.next());
        if (!news)
            break;
        auto* message = std::get_if<IncomingMessage>(&*news);
        if (!message)
            continue;
        auto event = TRY(connection_.receive(*message));
        if (event)
            TRY(std::visit([this](const auto& e) { return on_client(e); }, *event));
    }
    if (!gone_)
        world_.driver.advance();
    return {};
}

// In the middle of a key exchange, above all: what the client says waits in its socket.
void MuxProxy::hold()
{
    driver_.hold_input(true);
    room_ = world_.loop.at(world_.loop.now() + look_for_room_every, [this] {
        auto done = std::move(room_);
        driver_.hold_input(false);
        driver_.advance();
    });
}

Result<void> MuxProxy::on_client(const OpenRequested& event)
{
    // Each message of a tunnel is a packet; bridged, they would run together.
    if (event.kind == TunnelChannel::name) {
        connection_.refuse(event.channel, OpenFailure::unknown_channel_type, "no tunnels through a control socket");
        return {};
    }
    if (world_.connection.channel_count() >= Connection::most_channels) {
        connection_.refuse(event.channel, OpenFailure::resource_shortage, "too many channels");
        return {};
    }
    auto joined = std::make_shared<Joined>();
    joined->kind = event.kind;
    joined->asked_by_client = true;
    joined->at_client = event.channel;
    auto spare = spare_for(*joined);
    joined->at_server = spare ? *spare : world_.connection.open(event.kind, event.details, {});
    join(joined);
    if (spare)
        on(Opened{*spare, {}});
    return {};
}

Result<void> MuxProxy::on_client(const Opened& event)
{
    auto* joined = find_at_client(event.channel);
    if (!joined || !joined->at_server)
        return {};
    joined->is_open = true;
    world_.connection.accept(*joined->at_server);
    driver_.attach(event.channel, joined->bridge->end(ChannelBridge::Side::client));
    world_.driver.attach(*joined->at_server, joined->bridge->end(ChannelBridge::Side::server));
    return {};
}

Result<void> MuxProxy::on_client(const OpenRefused& event)
{
    auto* joined = find_at_client(event.channel);
    if (!joined || !joined->at_server)
        return {};
    auto at_server = *joined->at_server;
    world_.connection.refuse(at_server, event.reason, event.description);
    by_server_.erase(at_server.value);
    by_client_.erase(event.channel.value);
    return {};
}

Result<void> MuxProxy::on_client(const Requested& event)
{
    auto* joined = find_at_client(event.channel);
    if (!joined || !joined->at_server) {
        if (event.want_reply == WantReply::yes)
            connection_.answer(event.channel, false);
        return {};
    }
    return joined->is_open ? pass_on(*joined, event) : keep_for_later(*joined, event);
}

// What the server would open for these two comes to the master, who cannot tell whom it is for: the agent is the
// master's own, and a display it does not have.
Result<void> MuxProxy::pass_on(Joined& joined, const Requested& event)
{
    bool wants_reply = event.want_reply == WantReply::yes;
    bool for_agent = event.request == AgentRequest::name || event.request == StandardAgentRequest::name;
    bool refused = event.request == X11Request::name || (for_agent && !world_.forwards_agent);
    if (wants_reply && joined.unanswered.size() >= most_unanswered)
        return peer_misbehaved("a client of the control socket asks without waiting for answers");
    if (!refused)
        world_.connection.request(*joined.at_server, event.request, event.details, event.want_reply);
    if (wants_reply)
        joined.unanswered.push_back(refused ? Answerer::we_refuse : Answerer::server);
    answer_refused(joined);
    return {};
}

// A client that knows how we number channels need not wait for ours to be confirmed.  We wait for the server.
Result<void> MuxProxy::keep_for_later(Joined& joined, const Requested& event)
{
    EarlyRequest early{std::string{event.request}, to_vector(event.details), event.want_reply};
    joined.early_size += early.size();
    if (joined.early_size > most_early)
        return peer_misbehaved("a client of the control socket asks too much of a channel that is not open");
    joined.early.push_back(std::move(early));
    return {};
}

void MuxProxy::catch_up(Joined& joined)
{
    for (auto& early : std::exchange(joined.early, {})) {
        auto passed = pass_on(joined, Requested{*joined.at_client, early.name, early.want_reply, early.details});
        if (!passed) {
            driver_.end(passed.error());
            return;
        }
    }
}

void MuxProxy::answer_refused(Joined& joined)
{
    while (!joined.unanswered.empty() && joined.unanswered.front() == Answerer::we_refuse) {
        joined.unanswered.pop_front();
        if (joined.at_client)
            connection_.answer(*joined.at_client, false);
    }
}

Result<void> MuxProxy::on_client(const RequestAnswered& event)
{
    auto* joined = find_at_client(event.channel);
    if (joined && joined->at_server)
        world_.connection.answer(*joined->at_server, event.success);
    return {};
}

Result<void> MuxProxy::on_client(const Closed& event)
{
    if (!find_at_client(event.channel))
        return {};
    forget_at_client(event.channel);
    close_drained();
    return {};
}

// ---- turns and ends ----------------------------------------------------------------------

// A driver must not be entered from the middle of the other's turn: an endpoint could be destroyed under its feet.
void MuxProxy::soon()
{
    if (!soon_ && !gone_)
        soon_ = world_.loop.at(world_.loop.now(), [this] { pump(); });
}

void MuxProxy::pump()
{
    auto done = std::move(soon_);
    std::vector<std::shared_ptr<ChannelBridge>> bridges;
    for (auto& [number, joined] : by_client_)
        bridges.push_back(joined->bridge);
    for (auto& [number, joined] : by_server_)
        if (!joined->at_client)
            bridges.push_back(joined->bridge);
    for (auto& bridge : bridges)
        bridge->wake();
    if (gone_)
        return;
    close_drained();
    driver_.advance();                                            // and, with it, the shared connection's
}

void MuxProxy::abandon() { driver_.end(system_failure("the shared connection has ended").error()); }

void MuxProxy::ended(const Error& why)
{
    if (std::exchange(gone_, true))
        return;
    world_.log.debug1("A proxied client of the control socket is gone: {}", printable(why.what));
    farewell_ = world_.loop.at(world_.loop.now(), [this] {
        auto done = std::move(farewell_);
        leave();
        auto told = std::move(ended_);
        told();                                                   // which destroys us
    });
}

// Channels that the server has not closed yet are the master's to await: see channels().
void MuxProxy::leave()
{
    here_.reset();
    soon_.reset();
    room_.reset();
    for (auto& [number, joined] : by_server_) {
        bool asked_for = !joined->is_open && !joined->asked_by_client;
        (void)world_.driver.detach({number});
        if (asked_for)
            world_.connection.refuse({number}, OpenFailure::connect_failed, "the client is gone");
        else
            world_.connection.close({number});
    }
    std::erase_if(by_server_, [](auto& one) { return !one.second->is_open && !one.second->asked_by_client; });
    for (auto& place : listening_)
        give_back(world_, place);
    world_.driver.advance();
}

} // namespace nacre
