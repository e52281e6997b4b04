// Where lines go: standard error, a file, or syslog.
//
// A line is written in one piece.  "debug1: " to "debug3: " precede what is said at those levels,
// and nothing the others, as OpenSSH's users and scripts expect.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "os/fd.h"

namespace nacre {

enum class LineEnd { newline, carriage_return_newline };          // the latter while the terminal may be raw

// Whether a line says by its beginning how loudly it is said.  Lines that are documents of their own do not.
enum class Prefixes { by_level, none };

// To a descriptor: standard error, or a file opened by open_log_file().
class FdLog final : public Log {
public:
    // Borrows the descriptor; or owns it.
    FdLog(int fd, LogLevel level, LineEnd end, Prefixes prefixes = Prefixes::by_level)
        : fd_(fd), level_(level), end_(end), prefixes_(prefixes)
    {
    }
    FdLog(Fd fd, LogLevel level, LineEnd end);

    bool wants(LogLevel level) const override;
    void write(LogLevel level, std::string_view line) override;

    void set_level(LogLevel level) { level_ = level; }
    LogLevel level() const { return level_; }

private:
    Fd owned_;
    int fd_;
    LogLevel level_;
    LineEnd end_;
    Prefixes prefixes_ = Prefixes::by_level;
};

Result<Fd> open_log_file(const std::string& path);                // -E: appended to, created 0600

enum class SyslogFacility { daemon, user, auth, authpriv, local0, local1, local2, local3, local4, local5, local6, local7 };
std::optional<SyslogFacility> parse_syslog_facility(std::string_view name);   // SyslogFacility, any case
std::string_view name_of(SyslogFacility facility);
int syslog_number(SyslogFacility facility);                       // syslog(3)'s, LOG_AUTH

// One per process: syslog(3) keeps one connection.
class SyslogLog final : public Log {
public:
    SyslogLog(std::string program, SyslogFacility facility, LogLevel level, Prefixes prefixes = Prefixes::by_level);
    ~SyslogLog() override;
    SyslogLog(const SyslogLog&) = delete;
    SyslogLog& operator=(const SyslogLog&) = delete;

    bool wants(LogLevel level) const override;
    void write(LogLevel level, std::string_view line) override;
    void set_level(LogLevel level) { level_ = level; }

private:
    std::string program_;                                         // syslog keeps a pointer into it
    LogLevel level_;
    Prefixes prefixes_;
    int facility_;
};

} // namespace nacre
