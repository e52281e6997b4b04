#include "base/log.h"

#include <algorithm>
#include <array>

#include "base/table.h"
#include "base/text.h"

namespace nacre {
namespace {

struct LevelName {
    std::string_view name;
    LogLevel level;
};

constexpr std::array levels{
    LevelName{"QUIET", LogLevel::quiet},     LevelName{"FATAL", LogLevel::fatal},
    LevelName{"ERROR", LogLevel::error},     LevelName{"INFO", LogLevel::info},
    LevelName{"VERBOSE", LogLevel::verbose}, LevelName{"DEBUG1", LogLevel::debug1},
    LevelName{"DEBUG2", LogLevel::debug2},   LevelName{"DEBUG3", LogLevel::debug3},
    LevelName{"DEBUG", LogLevel::debug1},
};

} // namespace

std::optional<LogLevel> parse_log_level(std::string_view name)
{
    for (auto& row : levels)
        if (equal_ignoring_case(row.name, name))
            return row.level;
    return std::nullopt;
}

std::string_view name_of(LogLevel level)
{
    for (auto& row : levels)
        if (row.level == level)
            return row.name;
    return "INFO";
}

LogLevel level_for_verbosity(int flags)
{
    constexpr std::array levels_by_flags{LogLevel::info, LogLevel::debug1, LogLevel::debug2, LogLevel::debug3};
    return levels_by_flags[static_cast<std::size_t>(std::clamp(flags, 0, 3))];
}

} // namespace nacre
