#include "client/client_log.h"

#include <algorithm>

#include "base/text.h"
#include "os/terminal.h"

namespace nacre {
namespace {

constexpr int standard_error = 2;

} // namespace

// A terminal may be raw while something is said; files and pipes get plain lines.
ClientLog::ClientLog()
    : sink_(std::make_unique<FdLog>(standard_error, LogLevel::debug3,
                                    is_terminal(standard_error) ? LineEnd::carriage_return_newline : LineEnd::newline))
{
}

Result<void> ClientLog::write_to_file(const std::string& path)
{
    auto file = TRY(open_log_file(path));
    sink_ = std::make_unique<FdLog>(std::move(file), LogLevel::debug3, LineEnd::newline);
    on_stderr_ = false;
    return {};
}

void ClientLog::write_to_system_log(SyslogFacility facility)
{
    sink_ = std::make_unique<SyslogLog>("ssh", facility, LogLevel::debug3);
    on_stderr_ = false;
}

void ClientLog::change_level(int by)
{
    level_ = static_cast<LogLevel>(std::clamp(static_cast<int>(level_) + by, static_cast<int>(LogLevel::quiet),
                                              static_cast<int>(LogLevel::debug3)));
}

void say_lines(Log& log, LogLevel level, std::string_view text)
{
    for (auto line : split(text, '\n'))
        log.say(level, "{}", line);
}

} // namespace nacre
