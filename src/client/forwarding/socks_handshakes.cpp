#include "client/forwarding/socks_doors.h"

#include <array>

namespace nacre {

void SocksDoors::add(Fd socket, const SocketAddress& from)
{
    if (doors_.size() >= most_waiting)
        doors_.pop_front();
    auto place = doors_.insert(doors_.end(), Door{.socket = std::move(socket), .from = from});
    place->watch = loop_.watch(place->socket.number(), {.readable = true}, [this, place](Ready) { read(place); });
}

void SocksDoors::read(Place place)
{
    auto& door = *place;
    std::array<std::uint8_t, SocksNegotiation::longest_message> space{};
    auto outcome = read_some(door.socket.number(), MutableBytes{space}.first(space.size() - door.input.size()));
    if (outcome && outcome->would_block)
        return;
    if (!outcome || outcome->end) {
        doors_.erase(place);
        return;
    }
    door.input.insert(door.input.end(), space.begin(), space.begin() + static_cast<std::ptrdiff_t>(outcome->bytes));
    for (;;) {
        auto step = door.negotiation.advance(door.input);
        door.input.erase(door.input.begin(), door.input.begin() + static_cast<std::ptrdiff_t>(step.used));
        if (!step.reply.empty())
            (void)write_some(door.socket.number(), step.reply);   // a few bytes into an empty buffer
        if (step.next == SocksStep::Next::hang_up) {
            log_.info("dynamic forwarding: {}", step.why);
            doors_.erase(place);
            return;
        }
        if (step.next == SocksStep::Next::connect) {
            auto gone = std::move(door);
            doors_.erase(place);
            gone.watch.reset();
            on_destination_(std::move(gone.socket), gone.from, std::move(gone.negotiation), gone.input);
            return;
        }
        if (step.used == 0)
            return;
    }
}

} // namespace nacre
