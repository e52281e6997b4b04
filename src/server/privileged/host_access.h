// PRIVILEGED: sshd-session, as root, before sshd-net has the client.  May it come in, by hosts_access(5)?
//
// The answer is libwrap's, the system's library, which Debian's sshd asks, too: patterns, names, netgroups, and the options
// of hosts_options(5).  Some of these execute a program in the place of whoever asks, end it, or make it somebody else.  So a
// copy of this process asks, and what becomes of it is nothing to this one.
#pragma once

#include <cstdint>
#include <string>

#include <functional>

#include "base/result.h"
#include "config/option_types.h"

namespace nacre {

enum class HostVerdict : std::uint8_t {
    welcome,
    refused,
    answered,                                                     // the copy did not come back: a rule's program did it
    not_enforced,                                                 // libwrap cannot be loaded
};

struct HostJudgement {
    HostVerdict verdict = HostVerdict::answered;
    // Who is refused, as libwrap calls him: a name or an address, perhaps with a user in front ("joe@host").  Or why nothing
    // is enforced.
    std::string text{};
};

// Waits for name servers, where the rules want a name, and for what they execute; where they want a user's, libwrap asks the
// client's machine for it (RFC 1413).  All of that is done in a copy of this process, which calls `forget_secrets` before.
// `facility`: of what libwrap itself tells the system's log.
Result<HostJudgement> judge_by_host_rules(int socket, Facility facility, const std::function<void()>& forget_secrets);

} // namespace nacre
