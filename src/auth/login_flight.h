// What may leave before the server has said anything about the login: the second flight of a connection in two flights.
//
// The first request goes out with the service request; behind a signature that is certain to be asked for, channels may
// be opened at once, since what follows the request that succeeds goes to the service (RFC 4252 §5.1).  Each thing that
// forbids one of these is a row of a table in login_flight.cpp.  Facts in, a decision out: nothing is sent here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nacre {

// What the edge knows beforehand.  The defaults hurry nothing.
struct Haste {
    bool allowed = false;                                         // not switched off, nor did it fail in this run
    bool host_was_known = false;                                  // its key was recorded before this connection
    bool session_may_follow = false;                              // nothing stands between the login and the session

    // Remembered of this host.
    bool remembered = false;
    bool sends_ext_info = false;                                  // RFC 8308, behind its first NEWKEYS
    bool key_sufficed = true;                                     // the last login took no more than a key
    std::uint32_t first_channel = 0;                              // the server's number for the first session
};

struct FirstKey {
    bool worked_last_time = false;
    bool signs_quietly = false;                                   // nobody is asked for a passphrase, a touch or a confirmation
    bool has_algorithm = false;                                   // one that both sides allow
    bool is_rsa = false;                                          // of which old servers know only the oldest algorithm
};

struct FlightFacts {
    Haste haste{};
    std::string_view peer_version{};                              // the line
    bool ext_info_heard = false;
    bool sig_algs_heard = false;                                  // server-sig-algs
    bool delayed_compression = false;                             // zlib@openssh.com, either way
    bool keys_come_first = false;                                 // in PreferredAuthentications
    std::size_t keys = 0;
    FirstKey first_key{};                                         // when there are keys
};

enum class FirstAsk {
    none,                                                         // what is possible: the method "none" (RFC 4252 §5.2)
    probes,                                                       // and which of the keys would do, all in one flight
    signature,                                                    // the first key, signed
};

struct LoginFlight {
    FirstAsk ask = FirstAsk::none;
    std::string_view why_none{};                                  // what forbids more
    bool early_channels = false;                                  // behind the first signature
    std::string_view why_no_channels{};
};
LoginFlight plan_login_flight(const FlightFacts& facts);

// A refused probe counts as a failure, of which servers usually allow six (MaxAuthTries): one is left for what follows.
inline constexpr std::size_t most_probes = 5;

} // namespace nacre
