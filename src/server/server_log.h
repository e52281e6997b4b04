// Where sshd and the monitor write: syslog, or standard error (-e, -E, -d).
#pragma once

#include <memory>

#include "base/log.h"
#include "config/option_types.h"

namespace nacre {

struct ServerLogSettings {
    bool to_stderr = false;
    LogLevel level = LogLevel::info;
    Facility facility = Facility::auth;
};

std::unique_ptr<Log> make_server_log(const ServerLogSettings& settings);

} // namespace nacre
