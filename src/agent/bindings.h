// Which sessions a connection to the agent serves, and what that allows (OpenSSH's PROTOCOL.agent §1, §2).
//
// A client that forwards or uses the agent says so with session-bind@openssh.com, host after
// host.  A key with destination constraints may then be used only if every hop is one of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/constraints.h"
#include "agent/messages.h"
#include "keys/public_key.h"

namespace nacre::agent {

// The fields of a signature that logs somebody in (RFC 4252 §7, and the hostbound form of it).
struct LoginClaim {
    Bytes session_id;
    std::string_view user;
    Bytes host_key;                                               // empty in the plain form
};
// Nothing if `data` is anything else, or about another key.
std::optional<LoginClaim> parse_login_claim(Bytes data, Bytes key);

class Bindings {
public:
    static constexpr std::size_t most_sessions = 16;

    // The wall clock's, told by whoever has one; until then it is 1970, when few certificates were valid.
    void set_time(std::uint64_t seconds_since_1970) { time_ = seconds_since_1970; }
    Result<void> bind(const SessionBind& request);

    // May the key be seen, managed and forwarded from where this connection comes from?
    bool shows(const std::vector<Destination>& destinations) const { return permits(destinations, std::nullopt); }
    // May the key sign this?  The error says why not.
    Result<void> allows_signing(const std::vector<Destination>& destinations, Bytes key, Bytes data) const;
    bool is_remote() const { return attempted_; }                 // or may be

private:
    struct Session {
        PublicKey host_key;
        ByteVector session_id;
        bool forwarded;
        bool is_fit;                                              // else its host is none of anybody's destinations
    };
    bool permits(const std::vector<Destination>& destinations, std::optional<std::string_view> user) const;

    std::uint64_t time_ = 0;
    bool attempted_ = false;                                      // bound, or tried to be
    std::vector<Session> sessions_;                               // the origin's first
};

} // namespace nacre::agent
