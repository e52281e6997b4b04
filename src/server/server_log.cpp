#include "server/server_log.h"

#include "os/terminal.h"
#include "runtime/syslog_facility.h"

namespace nacre {

std::unique_ptr<Log> make_server_log(const ServerLogSettings& settings)
{
    if (settings.to_stderr)
        return std::make_unique<FdLog>(2, settings.level,
                                       is_terminal(2) ? LineEnd::carriage_return_newline : LineEnd::newline);
    return std::make_unique<SyslogLog>("sshd", syslog_facility(settings.facility), settings.level);
}

} // namespace nacre
