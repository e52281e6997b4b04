#include "runtime/framed.h"

#include <array>
#include <cstdint>

#include "os/fd.h"
#include "wire/writer.h"

namespace nacre {

namespace {

Result<std::size_t> read_length(int fd, const FrameKind& kind)
{
    std::array<std::uint8_t, frame_header_size> header{};
    TRY(read_exactly(fd, header));
    return kind.length(header);
}

} // namespace

Result<void> write_frame(int fd, Bytes message)
{
    std::array<std::uint8_t, frame_header_size> header{};
    Writer::store_u32(header.data(), static_cast<std::uint32_t>(message.size()));
    TRY(write_all(fd, header));
    return write_all(fd, message);
}

Result<ByteVector> read_frame(int fd, const FrameKind& kind)
{
    auto length = TRY(read_length(fd, kind));
    ByteVector message(length);
    TRY(read_exactly(fd, message));
    return message;
}

Result<SecretBytes> read_secret_frame(int fd, const FrameKind& kind)
{
    auto length = TRY(read_length(fd, kind));
    SecretBytes message(length);
    TRY(read_exactly(fd, message.bytes()));
    return message;
}

} // namespace nacre
