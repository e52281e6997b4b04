#include "tokens/helper_channel.h"

#include <unistd.h>

#include <array>

#include "os/fd.h"
#include "os/privileges.h"
#include "os/signals.h"

namespace nacre::token {

Result<std::optional<SecretBytes>> read_request()
{
    std::array<std::uint8_t, frame_header_size> length{};
    auto first = TRY(read_some(STDIN_FILENO, MutableBytes{length}.first(1)));
    if (first.end)
        return std::optional<SecretBytes>{};
    TRY(read_exactly(STDIN_FILENO, MutableBytes{length}.subspan(1)));
    auto size = TRY(frames.length(length));
    SecretBytes request(size);
    TRY(read_exactly(STDIN_FILENO, request.bytes()));
    return std::optional{std::move(request)};
}

Result<void> write_answer(Bytes message)
{
    std::array<std::uint8_t, frame_header_size> length{};
    Writer::store_u32(length.data(), static_cast<std::uint32_t>(message.size()));
    TRY(write_all(STDOUT_FILENO, length));
    return write_all(STDOUT_FILENO, message);
}

Result<void> prepare_helper()
{
    ignore_broken_pipes();
    TRY(ensure_standard_streams());
    TRY(forbid_tracing());
    return set_limit(Limit::core, 0);
}

} // namespace nacre::token
