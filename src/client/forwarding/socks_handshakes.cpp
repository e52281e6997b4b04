#include "client/forwarding/socks_handshakes.h"

#include <array>

namespace nacre {

void SocksHandshakes::add(Fd socket, const SocketAddress& from)
{
    if (handshakes_.size() >= most_waiting)
        handshakes_.pop_front();
    auto place = handshakes_.insert(handshakes_.end(), Handshake{.socket = std::move(socket), .from = from});
    place->watch = loop_.watch(place->socket.number(), {.readable = true}, [this, place](Ready) { read(place); });
}

void SocksHandshakes::read(Place place)
{
    auto& handshake = *place;
    std::array<std::uint8_t, SocksNegotiation::longest_message> space{};
    auto outcome = read_some(handshake.socket.number(), MutableBytes{space}.first(space.size() - handshake.input.size()));
    if (outcome && outcome->would_block)
        return;
    if (!outcome || outcome->end) {
        handshakes_.erase(place);
        return;
    }
    handshake.input.insert(handshake.input.end(), space.begin(), space.begin() + static_cast<std::ptrdiff_t>(outcome->bytes));
    for (;;) {
        auto step = handshake.negotiation.advance(handshake.input);
        handshake.input.erase(handshake.input.begin(), handshake.input.begin() + static_cast<std::ptrdiff_t>(step.used));
        if (!step.reply.empty())
            (void)write_some(handshake.socket.number(), step.reply);   // a few bytes into an empty buffer
        if (step.next == SocksStep::Next::hang_up) {
            log_.info("dynamic forwarding: {}", step.why);
            handshakes_.erase(place);
            return;
        }
        if (step.next == SocksStep::Next::connect) {
            auto gone = std::move(handshake);
            handshakes_.erase(place);
            gone.watch.reset();
            on_destination_(std::move(gone.socket), gone.from, std::move(gone.negotiation), gone.input);
            return;
        }
        if (step.used == 0)
            return;
    }
}

} // namespace nacre
