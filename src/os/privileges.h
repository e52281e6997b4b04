// Giving privileges up, for good and with proof.
//
// Every function either did what it says or is an error; nothing is "best effort".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/process.h"

namespace nacre {

bool is_root();                                                   // effective uid 0

// Supplementary groups, gid and uid, real, effective and saved; then checks that none of it can be
// undone.  Already being exactly that, without root, is success.
Result<void> become(const Identity& identity);

// The group that a set-group-ID program was lent, effective and saved: only the caller's own is left.
Result<void> give_back_lent_group();

// Supplementary groups, sorted.  Setting them needs root.
Result<std::vector<std::uint32_t>> supplementary_groups();
Result<void> set_supplementary_groups(const std::vector<std::uint32_t>& groups);

Result<void> empty_bounding_set();                                // while still privileged (CAP_SETPCAP); without: EPERM
Result<void> drop_all_capabilities();                             // effective, permitted, inheritable, ambient
Result<void> forbid_new_privileges();                             // PR_SET_NO_NEW_PRIVS
Result<void> forbid_tracing();                                    // PR_SET_DUMPABLE 0: no ptrace, no core
Result<void> die_with_parent(int signal);                         // PR_SET_PDEATHSIG
Result<void> enter_root_directory(const std::string& directory);  // chroot, then chdir "/"
// Root-owned, writable by nobody else, empty.
Result<void> check_empty_directory(const std::string& directory);
Result<void> enter_empty_directory(const std::string& directory);

enum class Limit { open_files, core, processes, data };
Result<void> set_limit(Limit limit, std::uint64_t value);         // soft and hard; never raises the latter
Result<void> set_soft_limit(Limit limit, std::uint64_t value);    // or the hard one, where that is lower
Result<std::uint64_t> current_limit(Limit limit);                 // soft
// Lifts a process's soft limit to its hard one; 0: of this process.
Result<void> lift_soft_limit(int pid, Limit limit);

} // namespace nacre
