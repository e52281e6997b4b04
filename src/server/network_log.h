// sshd-net's log: every line goes to the monitor, which prints it.  While much waits for the monitor already, lines are
// left out, and counted.
#pragma once

#include "base/log.h"
#include "server/message_socket.h"

namespace nacre {

class NetworkLog final : public Log {
public:
    explicit NetworkLog(MessageSocket& monitor) : monitor_(monitor) {}

    void set_level(LogLevel level) { level_ = level; }
    bool wants(LogLevel level) const override { return level != LogLevel::quiet && level <= level_; }
    void write(LogLevel level, std::string_view line) override;

private:
    MessageSocket& monitor_;
    LogLevel level_ = LogLevel::info;
    std::size_t left_out_ = 0;                                    // lines, since the last that was sent
};

} // namespace nacre
