#include "wire/frame.h"

#include <fmt/format.h>

#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

Result<std::size_t> FrameKind::length(Bytes header) const
{
    std::size_t length = Reader{header}.u32();
    if (length < least || length > most)
        return peer_misbehaved(fmt::format("{} of {} bytes", message, length));
    return length;
}

Result<std::optional<Bytes>> next_frame(Bytes received, const FrameKind& kind)
{
    if (received.size() < frame_header_size)
        return std::optional<Bytes>{};
    auto length = TRY(kind.length(received));
    if (received.size() - frame_header_size < length)
        return std::optional<Bytes>{};
    return std::optional{received.subspan(frame_header_size, length)};
}

void set_frame_length(MutableBytes frame)
{
    Writer::store_u32(frame.data(), static_cast<std::uint32_t>(frame.size() - frame_header_size));
}

} // namespace nacre
