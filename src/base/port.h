// A TCP port as people write it: a number, or the name of a well-known service.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nacre {

// 1 to 65535.  Names are those of the IANA that a configuration is likely to say ("ssh", "http", "socks"), in any case; they
// stand in a table here, since the core opens no file, /etc/services neither.
std::optional<std::uint16_t> parse_port(std::string_view text);

} // namespace nacre
