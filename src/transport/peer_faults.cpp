#include "transport/peer_faults.h"

#include <algorithm>
#include <array>

#include "base/pattern.h"
#include "transport/version_exchange.h"

namespace nacre {
namespace {

struct Row {
    PeerFault fault;
    std::string_view software;                                    // patterns, comma-separated
};

constexpr std::array rows{
    Row{PeerFault::leaves_out_rsa_sha2, "OpenSSH_7.4*"},
    Row{PeerFault::knows_one_rsa_certificate,
        "OpenSSH_2.*,OpenSSH_3.*,OpenSSH_4.*,OpenSSH_5.*,OpenSSH_6.*,OpenSSH_7.0*,OpenSSH_7.1*,OpenSSH_7.2*,OpenSSH_7.3*,"
        "OpenSSH_7.4*,OpenSSH_7.5*,OpenSSH_7.6*,OpenSSH_7.7*"},
    Row{PeerFault::chokes_on_large_groups, "Cisco-1.*"},
    Row{PeerFault::keeps_zeros_of_curve25519, "OpenSSH_6.5*,OpenSSH_6.6*,!OpenSSH_6.6.1*"},
};

} // namespace

bool has_fault(std::string_view version_line, PeerFault fault)
{
    auto software = software_of(version_line);
    auto row = std::ranges::find_if(rows, [&](auto& each) { return each.fault == fault; });
    return row != rows.end() && matches_pattern_list(software, row->software) == PatternMatch::yes;
}

} // namespace nacre
