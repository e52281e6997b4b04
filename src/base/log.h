// What is said, and how loudly; never where it goes.
//
// Whoever has something to say is handed a Log&.  Text that came from outside goes through
// printable() before it gets here.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nacre {

// In OpenSSH's order and spelling (LogLevel in both configuration files).
enum class LogLevel { quiet, fatal, error, info, verbose, debug1, debug2, debug3 };

std::optional<LogLevel> parse_log_level(std::string_view name);   // any case; DEBUG is DEBUG1
std::string_view name_of(LogLevel level);                         // upper case
LogLevel level_for_verbosity(int flags);                          // so many -v: info, debug1, debug2, debug3

class Log {
public:
    virtual ~Log() = default;

    template <class... Args>
    void say(LogLevel level, fmt::format_string<Args...> format, Args&&... args)   // at that level
    {
        if (wants(level))
            write(level, fmt::format(format, std::forward<Args>(args)...));
    }
    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args)   // something went wrong
    {
        say(LogLevel::error, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args)   // what everybody sees
    {
        say(LogLevel::info, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void verbose(fmt::format_string<Args...> format, Args&&... args)   // what people with time want to see
    {
        say(LogLevel::verbose, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void debug1(fmt::format_string<Args...> format, Args&&... args)   // steps
    {
        say(LogLevel::debug1, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void debug2(fmt::format_string<Args...> format, Args&&... args)   // more of them
    {
        say(LogLevel::debug2, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void debug3(fmt::format_string<Args...> format, Args&&... args)   // everything
    {
        say(LogLevel::debug3, format, std::forward<Args>(args)...);
    }

    virtual bool wants(LogLevel level) const = 0;                 // quiet is never wanted
    virtual void write(LogLevel level, std::string_view line) = 0;   // one line, without its end
};

// For tests and for embedders who do not care.
class NoLog final : public Log {
public:
    bool wants(LogLevel) const override { return false; }
    void write(LogLevel, std::string_view) override {}
};

} // namespace nacre
