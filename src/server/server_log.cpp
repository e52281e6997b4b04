#include "server/server_log.h"

#include "os/system_log.h"
#include "os/terminal.h"

namespace nacre {
namespace {

static_assert(static_cast<int>(Facility::daemon) == static_cast<int>(SyslogFacility::daemon));
static_assert(static_cast<int>(Facility::local7) == static_cast<int>(SyslogFacility::local7));

} // namespace

std::unique_ptr<Log> make_server_log(const ServerLogSettings& settings)
{
    if (settings.to_stderr)
        return std::make_unique<FdLog>(2, settings.level,
                                       is_terminal(2) ? LineEnd::carriage_return_newline : LineEnd::newline);
    return std::make_unique<SyslogLog>("sshd", static_cast<SyslogFacility>(settings.facility), settings.level);
}

} // namespace nacre
