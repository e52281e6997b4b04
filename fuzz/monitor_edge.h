// What stands in for the machine around the monitor that monitor_fuzz exercises: accounts, PAM, shadow, ptys, login records,
// signals and the start of sshd-user.  monitor_edge.cpp defines the functions of those files of src/ that touch them, and the
// linker finds them before the libraries'.
#pragma once

#include <deque>

#include "keys/private_key.h"
#include "os/event_loop.h"
#include "os/fd.h"

namespace nacre::test {

struct Piece {
    Bytes payload;
    std::size_t descriptors = 0;                                  // that go along
};

struct MonitorEdge {
    const PrivateKey& key;                                        // the one that may log in
    EventLoop& loop;
    bool may_log_in = false;                                      // a right signature is among what sshd-net sends
    std::deque<Piece> news{};                                     // what sshd-user will say, one for each order
    Fd user{};                                                    // its end, once it was started
    std::unique_ptr<Watch> watch{};

    void started(int socket);
    void say_next();
};

extern MonitorEdge* edge;                                         // of this run

void send_piece(int socket, const Piece& piece);                  // what does not fit is lost

} // namespace nacre::test
