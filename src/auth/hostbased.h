// Host-based authentication (RFC 4252 §9): what the client's host signs, and which of its keys are still to be tried.
//
// The signed bytes are declared once; the client and the server encode them, ssh-keysign takes them
// apart before it lends a key of the host to somebody.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/auth.h"
#include "wire/frame.h"

namespace nacre {

inline constexpr std::size_t longest_client_host = 1025;          // bytes; NI_MAXHOST
inline constexpr std::size_t longest_client_user = 1024;

// "The value of 'signature' is a signature with the private host key of the following data, in this order".
struct HostbasedClaim {
    static constexpr std::string_view name = "hostbased-claim";
    Bytes session_id;
    std::uint8_t request = UserauthRequest::number.value;
    std::string_view user;                                        // on the server
    std::string_view service;
    std::string_view method = "hostbased";
    std::string_view algorithm;
    Bytes key;                                                    // or certificate
    std::string_view client_host;                                 // OpenSSH's end in a dot, and so do ours
    std::string_view client_user;
    using fields = Fields<&HostbasedClaim::session_id, &HostbasedClaim::request, &HostbasedClaim::user,
                          &HostbasedClaim::service, &HostbasedClaim::method, &HostbasedClaim::algorithm,
                          &HostbasedClaim::key, &HostbasedClaim::client_host, &HostbasedClaim::client_user>;
};

// Whose word ssh-keysign gives, and where.
struct KeysignSituation {
    std::string_view local_user;                                  // who runs ssh
    std::string_view local_host;                                  // the name of the connection's near end
};

// The claim in `data`, if a host key may sign it for this user and host; else why not.  Everything is checked but whether
// the key is one of this host's.
Result<HostbasedClaim> claim_to_sign(Bytes data, const KeysignSituation& situation);

// Without the dot at its end.
std::string_view without_final_dot(std::string_view host);

// A host key that may be offered.
struct HostKeyToOffer {
    ByteVector blob;
    std::string name;                                             // for people: its path
};

struct HostbasedSettings {
    std::vector<HostKeyToOffer> keys{};
    std::string algorithms{};                                     // name-list: HostbasedAcceptedAlgorithms
    std::string client_host{};                                    // with the dot at its end
    std::string client_user{};
};

// Each key once, in the order in which the algorithms are preferred.
class HostKeyOffers {
public:
    explicit HostKeyOffers(HostbasedSettings settings) : settings_(std::move(settings)), offered_(settings_.keys.size()) {}

    struct Offer {
        std::size_t key;                                          // index into settings().keys
        std::string_view algorithm;
    };
    std::optional<Offer> next();
    bool has_next() const { return find_next().has_value(); }
    const HostbasedSettings& settings() const { return settings_; }

private:
    std::optional<Offer> find_next() const;

    HostbasedSettings settings_;
    std::vector<bool> offered_;
};

// Between ssh and ssh-keysign: frames (uint32 length, payload) whose first byte is the version of the protocol, 2.
struct KeysignRequest {
    static constexpr std::string_view name = "keysign-request";
    static constexpr MessageNumber number{2};
    std::uint32_t descriptor = 0;                                 // of the connection, in ssh-keysign
    Bytes data;                                                   // a HostbasedClaim
    using fields = Fields<&KeysignRequest::descriptor, &KeysignRequest::data>;
};
struct KeysignReply {
    static constexpr std::string_view name = "keysign-reply";
    static constexpr MessageNumber number{2};
    Bytes signature;
    using fields = Fields<&KeysignReply::signature>;
};
inline constexpr FrameKind keysign_frames{"a message of ssh-keysign", 1, 256 * 1024};   // bytes, as OpenSSH allows

} // namespace nacre
