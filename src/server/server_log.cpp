#include "server/server_log.h"

#include "os/terminal.h"
#include "runtime/syslog_facility.h"

namespace nacre {
namespace {

// Which lines are written the EventLog decides.
std::unique_ptr<Log> destination(const ServerLogSettings& settings)
{
    auto prefixes = settings.format == LogFormat::text ? Prefixes::by_level : Prefixes::none;
    if (settings.to_stderr)
        return std::make_unique<FdLog>(2, LogLevel::debug3,
                                       is_terminal(2) ? LineEnd::carriage_return_newline : LineEnd::newline, prefixes);
    return std::make_unique<SyslogLog>("sshd", syslog_facility(settings.facility), LogLevel::debug3, prefixes);
}

} // namespace

std::unique_ptr<EventLog> make_server_log(const ServerLogSettings& settings)
{
    return std::make_unique<EventLog>(destination(settings), settings.format, settings.level);
}

} // namespace nacre
