// The first line each side sends (RFC 4253 §4.2).
//
// The client may be greeted by other lines first; the server may not.  A line is at most 255
// bytes with its CR LF; a bare LF is tolerated, as old peers send it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "transport/role.h"

namespace nacre {

class VersionExchange {
public:
    explicit VersionExchange(Role role) : role_(role) {}

    // Takes the peer's line off the front of `in` when it is complete: without its line end, as it enters the exchange
    // hash.  Text before it (client only) is bounded: 1,024 lines of 8,192 bytes, of which greeting() keeps the beginning.
    Result<std::optional<std::string>> receive(Buffer& in);

    // The first lines before the version line, as they came but for their ends: at most 8, cut to 256 bytes.  A server
    // that has no room for us says so there.
    const std::vector<std::string>& greeting() const { return greeting_; }
    static constexpr std::size_t most_kept_lines = 8, longest_kept_line = 256;

private:
    Result<void> check(std::string_view line) const;

    Role role_;
    unsigned lines_before_ = 0;
    std::vector<std::string> greeting_;
};

// "SSH-2.0-Nacre_0.1 comment" → "Nacre_0.1 comment"
std::string_view software_of(std::string_view version_line);

} // namespace nacre
