// PRIVILEGED: what sshd knows of what is under way, for the program that it becomes on SIGHUP.
//
// Written into sealed memory, of which the new program inherits a descriptor, and one of each connection's control socket.
// A program that was built from other declarations takes nothing over: its connections go on, and it counts from zero.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/fd.h"
#include "os/process.h"
#include "server/connection_records.h"

namespace nacre {

// Moments are nanoseconds of the steady clock, which goes on across exec.
struct HandedConnection {
    std::uint32_t pid = 0;
    std::string id, source, local;
    std::uint32_t source_port = 0, local_port = 0;
    bool is_login_done = false;
    std::uint32_t zygote = 0;                                     // what its monitor is a copy of; 0: of nothing
    std::uint32_t ended_as = 0;                                   // by us, which was told: LoginEnd and 1; 0: it was not
    std::uint64_t began = 0, grace_ends = 0;                      // the latter 0: never
    CloseRecords records;
    using fields = Fields<&HandedConnection::pid, &HandedConnection::id, &HandedConnection::source, &HandedConnection::local,
                          &HandedConnection::source_port, &HandedConnection::local_port, &HandedConnection::is_login_done,
                          &HandedConnection::zygote, &HandedConnection::ended_as, &HandedConnection::began,
                          &HandedConnection::grace_ends, &HandedConnection::records>;
};

struct HandedPenalty {
    std::string source;
    std::uint32_t cause = 0;                                      // LoginEnd
    std::uint64_t until = 0;
    bool is_felt = false;
    using fields = Fields<&HandedPenalty::source, &HandedPenalty::cause, &HandedPenalty::until, &HandedPenalty::is_felt>;
};

struct Handover {
    static constexpr std::string_view name = "handover";
    static constexpr MessageNumber number{8};
    std::string protocol;                                         // process_protocol_name
    Repeated<HandedPenalty> penalties;
    Repeated<HandedConnection> connections;                       // in the order of their descriptors
    using fields = Fields<&Handover::protocol, &Handover::penalties, &Handover::connections>;
};

// `memory` and `sockets` behind what the program is given already; the memory may be closed once it runs.
void hand_on(const Fd& memory, const std::vector<int>& sockets, SpawnRequest& request);

struct Inheritance {
    Handover handover;
    std::vector<Fd> sockets;                                      // one for each connection
};
// What the program before left to this one; empty if there is nothing that can be used.  Once.
Inheritance take_inheritance();

} // namespace nacre
