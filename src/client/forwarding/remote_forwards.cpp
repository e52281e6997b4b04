#include "client/forwarding/remote_forwards.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "connection/global_requests.h"

namespace nacre {
namespace {

bool is_chosen_by_server(const Forward::End& listen) { return listen.path.empty() && listen.port == 0; }

Result<std::uint16_t> allocated_port(const GlobalAnswered& event)
{
    auto allocated = TRY(decode<AllocatedPort>(event.details));
    if (allocated.port == 0 || allocated.port > UINT16_MAX)
        return peer_misbehaved("the server allocated a port that is none");
    return static_cast<std::uint16_t>(allocated.port);
}

} // namespace

bool is_permitted(const PermittedPlaces& places, std::string_view host, std::uint16_t port)
{
    return places.any || std::ranges::any_of(places.only, [&](auto& place) {
               return (place.host == "*" || place.host == host) && (!place.port || *place.port == port);
           });
}

// ---- asking ------------------------------------------------------------------------------

void RemoteForwards::ask(const ForwardRow& row, OnAnswer on_answer)
{
    auto& listen = row.forward.listen;
    auto on_reply = [this, id = row.id, listen, on_answer = std::move(on_answer)](const GlobalAnswered& event) {
        --unanswered_;
        return table_.find(id) ? answered(id, event, on_answer) : answered_too_late(listen, event, on_answer);
    };
    ++unanswered_;
    if (assumes_agreement_ && !is_chosen_by_server(listen))
        table_.find(row.id)->state = ForwardRow::State::active;
    if (listen.path.empty())
        questions_.ask(TcpipForward{bind_address_for_server(listen), listen.port}, std::move(on_reply));
    else
        questions_.ask(StreamlocalForward{listen.path}, std::move(on_reply));
}

Result<void> RemoteForwards::answered(std::uint32_t id, const GlobalAnswered& event, const OnAnswer& on_answer)
{
    auto* row = table_.find(id);
    auto listen = row->forward.listen;
    log_.debug1("remote forward {} for: {}", event.success ? "success" : "failure", ends_told(row->forward));
    if (!event.success) {
        table_.remove(id);
        return on_answer(not_permitted(listen.path.empty()
                                           ? fmt::format("remote port forwarding failed for listen port {}", listen.port)
                                           : fmt::format("remote port forwarding failed for listen path {}",
                                                         printable(listen.path))));
    }
    if (is_chosen_by_server(listen))
        row->port = TRY(allocated_port(event));
    row->state = ForwardRow::State::active;
    return on_answer(row);
}

// Cancelled in the meantime: a port that could not be named then is given back now.
Result<void> RemoteForwards::answered_too_late(const Forward::End& listen, const GlobalAnswered& event,
                                               const OnAnswer& on_answer)
{
    if (event.success && is_chosen_by_server(listen)) {
        auto port = TRY(allocated_port(event));
        questions_.ask(CancelTcpipForward{bind_address_for_server(listen), port}, {});
    }
    return on_answer(bad_input("cancelled before the server had answered"));
}

void RemoteForwards::cancel(const ForwardRow& row)
{
    auto& listen = row.forward.listen;
    if (is_chosen_by_server(listen) && row.state == ForwardRow::State::asked)
        return;                                                   // nobody knows the port yet
    if (listen.path.empty())
        questions_.ask(CancelTcpipForward{bind_address_for_server(listen), row.port}, {});
    else
        questions_.ask(CancelStreamlocalForward{listen.path}, {});
}

// ---- channels from the server ------------------------------------------------------------

void RemoteForwards::open_tcpip(ChannelId channel, Bytes details)
{
    auto opened = decode<ForwardedTcpip>(details);
    if (!opened) {
        connection_.refuse(channel, OpenFailure::connect_failed, "malformed");
        return;
    }
    auto from = fmt::format("{} port {}", printable(opened->originator_address), opened->originator_port);
    log_.debug1("a connection to {} port {} on the server, from {}", printable(opened->connected_address),
                opened->connected_port, from);
    serve(channel, table_.allows(opened->connected_address, opened->connected_port), "for " + from);
}

void RemoteForwards::open_streamlocal(ChannelId channel, Bytes details)
{
    auto opened = decode<ForwardedStreamlocal>(details);
    if (!opened) {
        connection_.refuse(channel, OpenFailure::connect_failed, "malformed");
        return;
    }
    serve(channel, table_.allows(opened->path), "for " + printable(opened->path));
}

void RemoteForwards::serve(ChannelId channel, const ForwardRow* row, std::string what)
{
    if (!row) {
        log_.error("The server opened a forwarded connection that was not asked for ({}): refused", what);
        connection_.refuse(channel, OpenFailure::administratively_prohibited, "not asked for");
        return;
    }
    what = fmt::format("{} {}", describe(*row), what);
    if (!row->forward.connect) {
        serve_socks(channel, std::move(what));
        return;
    }
    auto& to = *row->forward.connect;
    connections_.connect(channel, {.host = to.host.value_or(""), .port = to.port, .path = to.path}, std::move(what));
}

void RemoteForwards::serve_socks(ChannelId channel, std::string what)
{
    connection_.accept(channel);
    connections_.accepted_undecided(channel, std::move(what));
    RemoteSocks::Callbacks callbacks{
        .decided = [this, channel](RemoteSocks& socks, const SocksStep& step) { socks_decided(channel, socks, step); },
        .over = [this, channel] {
            connection_.close(channel);
            driver_.advance();                                    // or nobody would send it now
        }};
    driver_.attach(channel, std::make_unique<RemoteSocks>(loop_, std::move(callbacks)));
}

void RemoteForwards::socks_decided(ChannelId channel, RemoteSocks& socks, const SocksStep& step)
{
    auto& said = socks.negotiation();
    if (step.next == SocksStep::Next::hang_up) {
        log_.info("remote dynamic forwarding: {}", step.why);
        socks.hang_up();
    } else if (!is_permitted(options_.permit_remote_open, said.host(), said.port())) {
        log_.info("remote dynamic forwarding to {} port {}: PermitRemoteOpen does not allow it", printable(said.host()),
                  said.port());
        socks.hang_up(said.refused(SocksRefusal::not_allowed));
    } else {
        connections_.connect_accepted(channel, {.host = said.host(), .port = said.port()},
                                      [this, channel](Result<Fd> made) { socks_connected(channel, std::move(made)); });
    }
}

// The socket takes the place of the negotiation, with what came behind the request.
void RemoteForwards::socks_connected(ChannelId channel, Result<Fd> made)
{
    auto* socks = static_cast<RemoteSocks*>(driver_.endpoint(channel));
    if (!socks)
        return;                                                   // closed in the meantime
    auto& said = socks->negotiation();
    if (!made) {
        log_.info("remote dynamic forwarding to {} port {}: {}", printable(said.host()), said.port(),
                  made.error().what);
        socks->hang_up(said.refused(SocksRefusal::refused));
        return;
    }
    auto before = driver_.detach(channel);
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(*made));
    auto& socket = *endpoint;
    socket.begin_with(socks->unsaid());
    socket.begin_with(said.granted());
    connections_.sockets().join(channel, std::move(endpoint), socket);
    socket.deliver(Stream::data, socks->input());
    socket.flush();
    if (socks->peer_has_finished())
        socket.peer_finished();
    driver_.advance();
}

} // namespace nacre
