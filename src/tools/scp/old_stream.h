// The two ends of a conversation in scp's old protocol: bytes and lines that wait, with a limit on their rate.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "os/fd.h"

namespace nacre::scp_tool {

class OldStream {
public:
    OldStream(int in, int out, std::uint64_t bytes_per_second) : in_(in), out_(out), bytes_per_second_(bytes_per_second) {}

    Result<void> write(Bytes bytes);
    Result<void> write(std::string_view text) { return write(as_bytes(text)); }
    Result<void> ok() { return write(std::string_view{"\0", 1}); }

    // One byte; nothing at the end.
    Result<std::optional<std::uint8_t>> byte();
    // Up to and without a newline; an error if it is longer than a line may be, or does not end.
    Result<std::string> line();
    // Some bytes, at least one and at most what `space` holds; an error at the end.
    Result<std::size_t> some(MutableBytes space);

    // What the peer says to the last thing we told it.
    struct Reply {
        bool accepted = false;
        bool ends = false;                                        // nothing more will come
        std::string complaint{};                                  // in the peer's words
    };
    Result<Reply> reply();

private:
    void pace(std::size_t bytes);
    Result<bool> fill();                                          // false: the end

    int in_, out_;
    std::uint64_t bytes_per_second_;
    TimePoint allowed_{};
    ByteVector buffer_{};
    std::size_t taken_ = 0;
};

} // namespace nacre::scp_tool
