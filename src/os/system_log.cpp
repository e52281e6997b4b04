#include "os/system_log.h"

#include <fcntl.h>
#include <syslog.h>

#include <array>

#include "base/text.h"
#include "os/system_error.h"

namespace nacre {
namespace {

std::string_view debug_prefix(LogLevel level)
{
    switch (level) {
    case LogLevel::debug1: return "debug1: ";
    case LogLevel::debug2: return "debug2: ";
    case LogLevel::debug3: return "debug3: ";
    default: return "";
    }
}

// In syslog, where all lines look alike, bad news is named too.
std::string_view syslog_prefix(LogLevel level)
{
    switch (level) {
    case LogLevel::fatal: return "fatal: ";
    case LogLevel::error: return "error: ";
    default: return debug_prefix(level);
    }
}

int syslog_priority(LogLevel level)
{
    switch (level) {
    case LogLevel::fatal: return LOG_CRIT;
    case LogLevel::error: return LOG_ERR;
    case LogLevel::info:
    case LogLevel::verbose: return LOG_INFO;
    default: return LOG_DEBUG;
    }
}

// The last guard: whatever a caller forgot to make printable stays one harmless line.
std::string one_line(std::string_view text)
{
    std::string safe;
    safe.reserve(text.size());
    for (char letter : text) {
        auto byte = static_cast<std::uint8_t>(letter);
        if ((byte >= 0x20 && byte <= 0x7e) || letter == '\t')
            safe += letter;
        else
            safe += printable(std::string_view{&letter, 1});
    }
    return safe;
}

struct FacilityName {
    std::string_view name;
    SyslogFacility facility;
    int number;
};

constexpr std::array facilities{
    FacilityName{"DAEMON", SyslogFacility::daemon, LOG_DAEMON},
    FacilityName{"USER", SyslogFacility::user, LOG_USER},
    FacilityName{"AUTH", SyslogFacility::auth, LOG_AUTH},
    FacilityName{"AUTHPRIV", SyslogFacility::authpriv, LOG_AUTHPRIV},
    FacilityName{"LOCAL0", SyslogFacility::local0, LOG_LOCAL0},
    FacilityName{"LOCAL1", SyslogFacility::local1, LOG_LOCAL1},
    FacilityName{"LOCAL2", SyslogFacility::local2, LOG_LOCAL2},
    FacilityName{"LOCAL3", SyslogFacility::local3, LOG_LOCAL3},
    FacilityName{"LOCAL4", SyslogFacility::local4, LOG_LOCAL4},
    FacilityName{"LOCAL5", SyslogFacility::local5, LOG_LOCAL5},
    FacilityName{"LOCAL6", SyslogFacility::local6, LOG_LOCAL6},
    FacilityName{"LOCAL7", SyslogFacility::local7, LOG_LOCAL7},
};

bool wanted_at(LogLevel threshold, LogLevel level)
{
    return level != LogLevel::quiet && level <= threshold;
}

} // namespace

FdLog::FdLog(Fd fd, LogLevel level, LineEnd end) : owned_(std::move(fd)), fd_(owned_.number()), level_(level), end_(end)
{
}

bool FdLog::wants(LogLevel level) const
{
    return wanted_at(level_, level);
}

void FdLog::write(LogLevel level, std::string_view line)
{
    std::string whole{prefixes_ == Prefixes::by_level ? debug_prefix(level) : ""};
    whole.append(one_line(line));
    whole.append(end_ == LineEnd::newline ? "\n" : "\r\n");
    // Where there is nobody to read it there is nobody to tell.
    (void)write_all(fd_, as_bytes(whole));
}

Result<Fd> open_log_file(const std::string& path)
{
    Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600)};
    if (!file)
        return errno_failure("cannot open the log file " + path);
    return file;
}

std::optional<SyslogFacility> parse_syslog_facility(std::string_view name)
{
    for (auto& row : facilities)
        if (equal_ignoring_case(row.name, name))
            return row.facility;
    return std::nullopt;
}

std::string_view name_of(SyslogFacility facility)
{
    for (auto& row : facilities)
        if (row.facility == facility)
            return row.name;
    return "AUTH";
}

int syslog_number(SyslogFacility facility)
{
    for (auto& row : facilities)
        if (row.facility == facility)
            return row.number;
    return LOG_AUTH;
}

SyslogLog::SyslogLog(std::string program, SyslogFacility facility, LogLevel level, Prefixes prefixes)
    : program_(std::move(program)), level_(level), prefixes_(prefixes), facility_(syslog_number(facility))
{
    ::openlog(program_.c_str(), LOG_PID, facility_);
}

SyslogLog::~SyslogLog()
{
    ::closelog();
}

bool SyslogLog::wants(LogLevel level) const
{
    return wanted_at(level_, level);
}

void SyslogLog::write(LogLevel level, std::string_view line)
{
    std::string whole{prefixes_ == Prefixes::by_level ? syslog_prefix(level) : ""};
    whole.append(one_line(line));
    ::openlog(program_.c_str(), LOG_PID, facility_);              // a module of PAM's may have said that it is somebody else
    ::syslog(facility_ | syslog_priority(level), "%s", whole.c_str());
}

} // namespace nacre
