// sshd-net's log: every line goes to the monitor, which prints it.
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
};

} // namespace nacre
