#include "server/network_log.h"

#include <fmt/format.h>

#include <utility>

#include "server/network_messages.h"

namespace nacre {
namespace {

constexpr std::size_t longest_line = 8 * 1024;
constexpr std::size_t most_waiting = 64 * 1024;                   // bytes, of whatever kind

} // namespace

void NetworkLog::write(LogLevel level, std::string_view line)
{
    if (monitor_.kept() > most_waiting) {
        ++left_out_;
        return;
    }
    if (auto lines = std::exchange(left_out_, 0); lines > 0)
        write(LogLevel::info, fmt::format("{} lines are left out here: they came faster than they could be written", lines));
    // Without a monitor there is nobody to tell; the loop notices soon.
    (void)monitor_.send(LogLine{static_cast<std::uint8_t>(level), line.substr(0, longest_line)});
}

} // namespace nacre
