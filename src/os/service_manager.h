// What systemd and its like hand over and want to hear (sd_listen_fds(3), sd_notify(3)), without their library.
#pragma once

#include <string_view>
#include <vector>

#include "os/environment.h"
#include "os/fd.h"
#include "os/process.h"

namespace nacre {

// The listening sockets that this process was given by LISTEN_PID and LISTEN_FDS; empty: none.  Once.
std::vector<Fd> inherited_sockets();

// Gives them to the program that this process is about to become.
void hand_on_sockets(const std::vector<int>& sockets, SpawnRequest& request);

// One or more lines VARIABLE=VALUE to NOTIFY_SOCKET, where there is one.
void tell_service_manager(std::string_view lines);
// That it reloads from now on; READY=1 says when that is over.
void tell_of_reload();

} // namespace nacre
