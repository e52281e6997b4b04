#include "runtime/framed.h"

#include <array>
#include <cstdint>

#include "os/fd.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

Result<void> write_frame(int fd, Bytes payload)
{
    ByteVector frame;
    Writer{frame}.string(payload);
    return write_all(fd, frame);
}

Result<ByteVector> read_frame(int fd, std::size_t at_most)
{
    std::array<std::uint8_t, 4> length{};
    TRY(read_exactly(fd, length));
    auto size = Reader{length}.u32();
    if (size == 0 || size > at_most)
        return peer_misbehaved("a message of a length that cannot be");
    ByteVector payload(size);
    TRY(read_exactly(fd, payload));
    return payload;
}

} // namespace nacre
