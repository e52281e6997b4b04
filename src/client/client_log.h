// Where ssh's own lines go: standard error, a file (-E) or the system log (-y); louder and quieter on demand.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "os/system_log.h"

namespace nacre {

class ClientLog final : public Log {
public:
    ClientLog();                                                  // standard error, LogLevel INFO

    Result<void> write_to_file(const std::string& path);
    void write_to_system_log(SyslogFacility facility);

    LogLevel level() const { return level_; }
    void set_level(LogLevel level) { level_ = level; }
    void change_level(int by);                                    // louder (1) or quieter (-1), as far as there is one
    bool is_on_stderr() const { return on_stderr_; }

    bool wants(LogLevel level) const override { return level != LogLevel::quiet && level <= level_; }
    void write(LogLevel level, std::string_view line) override { sink_->write(level, line); }

private:
    LogLevel level_ = LogLevel::info;
    bool on_stderr_ = true;
    std::unique_ptr<Log> sink_;                                   // takes everything
};

// A text of several lines: one entry for each, since a log escapes line ends.
void say_lines(Log& log, LogLevel level, std::string_view text);

} // namespace nacre
