// KEXINIT: what we offer, what the peer offers, what follows from both (RFC 4253 §7.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "crypto/random.h"
#include "keys/key_types.h"
#include "messages/transport.h"
#include "transport/ciphers.h"
#include "transport/compressions.h"
#include "transport/kex_method.h"
#include "transport/macs.h"
#include "transport/version_exchange.h"

namespace nacre {

// Comma-separated names in order of preference.  The defaults are the tables'.
struct Proposal {
    std::string kex_methods;
    std::string host_key_algorithms;
    std::string ciphers;                                          // both directions
    std::string macs;
    std::string compressions;

    static Proposal defaults();                                   // everything that is not too weak, best first
};

// What one direction uses.
struct DirectionAlgorithms {
    const Cipher* cipher = nullptr;
    const Mac* mac = nullptr;                                     // null when the cipher authenticates
    const Compression* compression = nullptr;

    std::string_view mac_name() const { return mac ? mac->name : "<implicit>"; }   // for people
};

struct Agreed {                                                   // what both sides use
    const KexRow* kex = nullptr;
    std::string host_key_algorithm;
    DirectionAlgorithms client_to_server;
    DirectionAlgorithms server_to_client;
    bool guess_was_right = false;                                 // first kex and first host key agree on both sides
};

// Names that are no algorithms but ride in the kex list of the first KEXINIT.
namespace kex_marker {
inline constexpr std::string_view ext_info_client = "ext-info-c";                      // RFC 8308 §2.1
inline constexpr std::string_view ext_info_server = "ext-info-s";   // the server reads EXT_INFO
inline constexpr std::string_view strict_client = "kex-strict-c-v00@openssh.com";       // see PROTOCOL.md
inline constexpr std::string_view strict_server = "kex-strict-s-v00@openssh.com";   // the server's counterpart
} // namespace kex_marker

// The client's extension (RFC 8308): it reads a second EXT_INFO during authentication.
inline constexpr std::string_view ext_info_in_auth = "ext-info-in-auth@openssh.com";
inline constexpr std::string_view agent_forward = "agent-forward";   // RFC 9987

// The name before the first comma.
constexpr std::string_view first_of(std::string_view list) { return list.substr(0, list.find(',')); }

// What a peer's list of key exchanges says to us: the names that we know, once each, in its order.  In front is what it
// has in front, or "-" if we do not know that.
std::string known_kex_methods(std::string_view list);

enum class FirstKex { yes, no };                                  // of a connection
enum class GuessFollows { yes, no };                              // behind the KEXINIT

// A whole KEXINIT payload.
ByteVector make_kex_init(const Proposal& ours, Role role, FirstKex first, GuessFollows guess, Random& random);

// The client's preference decides, list by list.  The error names the list and the peer's offer, the log (DEBUG1) our own.
Result<Agreed> negotiate(const KexInit& client, const KexInit& server, Role our_role, Log& log);

} // namespace nacre
