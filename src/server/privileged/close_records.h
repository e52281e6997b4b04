// PRIVILEGED: a fresh sshd-session closes what a killed one has left open: PAM session, login records.
#pragma once

#include "base/log.h"
#include "server/connection_records.h"

namespace nacre {

void close_records(const CloseRecords& order, Log& log);

} // namespace nacre
