#include "agent/messages.h"

#include <fmt/format.h>

namespace nacre::agent {

Result<std::optional<Bytes>> next_message(Bytes received)
{
    Reader in{received};
    auto size = in.u32();
    if (!in.ok())
        return std::nullopt;
    if (size == 0)
        return peer_misbehaved("an agent message without a type");
    if (size > message_limit)
        return peer_misbehaved(fmt::format("an agent message of {} bytes", size));
    auto message = in.take(size);
    if (!in.ok())
        return std::nullopt;
    return message;
}

} // namespace nacre::agent
