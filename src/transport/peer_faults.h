// What other software gets wrong and does not say, by the name that it gives itself in its version line.
//
// Each fault is a row in peer_faults.cpp; whoever knows a way around it asks here whether it is needed.
#pragma once

#include <string_view>

namespace nacre {

enum class PeerFault {
    leaves_out_rsa_sha2,                                          // takes rsa-sha2-*, and does not name it in server-sig-algs
    knows_one_rsa_certificate,                                    // ssh-rsa-cert-v01@openssh.com, whatever it says of RSA keys
    chokes_on_large_groups,                                       // of group exchange: beyond 4096 bits
    keeps_zeros_of_curve25519,                                    // in front of K, which RFC 8731 §3.1 drops
};

bool has_fault(std::string_view version_line, PeerFault fault);

} // namespace nacre
