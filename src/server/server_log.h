// Where sshd and the monitor write: syslog, or standard error (-e, -E, -d).
#pragma once

#include <memory>

#include "config/option_types.h"
#include "server/event_log.h"

namespace nacre {

struct ServerLogSettings {
    bool to_stderr = false;
    LogLevel level = LogLevel::info;
    Facility facility = Facility::auth;
    LogFormat format = LogFormat::text;
};

std::unique_ptr<EventLog> make_server_log(const ServerLogSettings& settings);

} // namespace nacre
