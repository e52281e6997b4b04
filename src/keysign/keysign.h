// PRIVILEGED: ssh-keysign, set-user-ID root: signs with a key of this host that somebody on it is who he says (RFC 4252 §9).
//
// Root's rights are used for one thing, opening the files of the host keys, and given up for good before anything is read:
// these keys, the configuration, the request.  What ssh asks on standard input is answered on standard output
// (auth/hostbased.h has the messages, OpenSSH's).
#pragma once

namespace nacre {

// The exit status: 0, or 255 with a line on standard error.
int run_keysign(int argument_count);

} // namespace nacre
