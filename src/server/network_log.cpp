#include "server/network_log.h"

#include "server/network_messages.h"

namespace nacre {
namespace {

constexpr std::size_t longest_line = 8 * 1024;

} // namespace

void NetworkLog::write(LogLevel level, std::string_view line)
{
    // Without a monitor there is nobody to tell; the loop notices soon.
    (void)monitor_.send(LogLine{static_cast<std::uint8_t>(level), line.substr(0, longest_line)});
}

} // namespace nacre
