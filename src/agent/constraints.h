// What the use of a key in the agent is limited by (lifetime, confirmation, destinations), and what else comes with it
// (draft-ietf-sshm-ssh-agent §3.2.7; OpenSSH's PROTOCOL.agent §2).
//
// A constraint that is not understood is an error: the key must not be kept without it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "keys/public_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre::agent {

struct HopKey {
    PublicKey key;
    bool is_authority = false;                                    // signs host certificates
};

// One end of a hop.  The origin, where the agent is, has neither name nor keys.
struct HopEnd {
    std::string user{};                                           // pattern; only at the far end; empty: any
    std::string host{};
    std::vector<HopKey> keys{};

    bool is_origin() const { return host.empty() && keys.empty(); }
    bool is_held_by(const PublicKey& host_key) const;
};

struct Destination {
    HopEnd from;
    HopEnd to;
};

struct Constraints {
    std::optional<Seconds> lifetime{};
    bool confirm = false;
    std::vector<Destination> destinations{};                      // empty: everywhere
    std::string sk_provider{};                                    // of keys in FIDO tokens
    bool certificates_only = false;                               // … of the two below, not their plain keys
    std::vector<PublicKey> certificates{};                        // to go with the keys of a PKCS#11 token

    bool any() const
    {
        return lifetime || confirm || !destinations.empty() || !sk_provider.empty() || certificates_only ||
               !certificates.empty();
    }
};

inline constexpr std::size_t most_destinations = 1024;
inline constexpr std::size_t most_keys_of_a_hop = 1024;
inline constexpr std::size_t most_associated_certificates = 1024;
inline constexpr std::size_t longest_provider = 4096;             // bytes of a path

Result<Constraints> read_constraints(Reader& in);                 // to the end of the message
void write_constraints(Writer& out, const Constraints& constraints);

} // namespace nacre::agent
