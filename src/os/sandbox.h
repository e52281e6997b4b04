// The cage of the process that talks to the network (SECURITY: confinement of the network process).
//
// Set once, before the first byte of the peer is read and after the event loop and any threads
// exist.  Afterwards nothing can be opened, connected, executed or forked: trying kills.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/process.h"

namespace nacre {

struct Confinement {
    std::optional<Identity> identity{};                           // who to become; none: stay
    std::string empty_directory{};                                // chroot there; empty: do not
    std::uint64_t open_files = 1024;
    std::optional<std::uint64_t> data{};                          // RLIMIT_DATA, soft: lift_soft_limit() still works
    std::optional<int> dies_with{};                               // its parent, by SIGKILL; where that is gone, it ends at once
};

struct ConfinementReport {
    std::vector<std::string> achieved;                            // "seccomp", "landlock", "no_new_privs", …
    std::vector<std::string> not_done;                            // "chroot: Operation not permitted", without root
};

// With root every step must succeed, but for Landlock, where the kernel does not have it or a container keeps it away, and for the
// capability bounding set, where there is no CAP_SETPCAP: it bounds what exec may gain, and with no_new_privs that is nothing.
// Without root, what needs root is listed in not_done and the rest stands.  The seccomp filter is never optional.
Result<ConfinementReport> confine(const Confinement& confinement);

} // namespace nacre
