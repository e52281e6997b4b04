#include "mux/messages.h"

namespace nacre::mux {

Result<std::optional<Bytes>> next_message(Bytes received)
{
    Reader in{received};
    if (received.size() < length_size)
        return std::nullopt;
    std::size_t length = in.u32();
    if (length < length_size || length > message_limit)
        return peer_misbehaved("a message of the control socket with an impossible length");
    if (in.left() < length)
        return std::nullopt;
    return in.take(length);
}

std::uint32_t type_of(Bytes body) { return Reader{body}.u32(); }

} // namespace nacre::mux
