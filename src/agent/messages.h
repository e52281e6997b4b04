// The agent's messages (draft-ietf-sshm-ssh-agent §3; OpenSSH's own: PROTOCOL.agent), as field lists.
//
// Every message travels behind its length (uint32).  Views point into the bytes they were decoded from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/fields.h"
#include "wire/frame.h"

namespace nacre::agent {

inline constexpr std::size_t message_limit = 256 * 1024;          // bytes after the length
inline constexpr FrameKind frames{"an agent message", 1, message_limit};

// ---- requests --------------------------------------------------------------------------

// §3.5  Requesting a list of keys
struct RequestIdentities {
    static constexpr std::string_view name = "SSH_AGENTC_REQUEST_IDENTITIES";
    static constexpr MessageNumber number{11};
    using fields = Fields<>;
};

// §3.6  Private key operations
inline constexpr std::uint32_t known_sign_flags = 6;              // the two below; other keys than RSA do not mind them
inline constexpr std::uint32_t rsa_sha2_256_flag = 2;             // §3.6.1
inline constexpr std::uint32_t rsa_sha2_512_flag = 4;
struct SignRequest {
    static constexpr std::string_view name = "SSH_AGENTC_SIGN_REQUEST";
    static constexpr MessageNumber number{13};
    Bytes key;
    Bytes data;
    std::uint32_t flags = 0;
    using fields = Fields<&SignRequest::key, &SignRequest::data, &SignRequest::flags>;
};

// §3.2  Adding keys to the agent.  What a key consists of depends on its type: the key's own fields, a comment, and
// for the second form constraints up to the end.
struct AddIdentity {
    static constexpr std::string_view name = "SSH_AGENTC_ADD_IDENTITY";
    static constexpr MessageNumber number{17};
    Rest key_and_comment;
    using fields = Fields<&AddIdentity::key_and_comment>;
};
struct AddIdConstrained {
    static constexpr std::string_view name = "SSH_AGENTC_ADD_ID_CONSTRAINED";
    static constexpr MessageNumber number{25};
    Rest key_comment_and_constraints;
    using fields = Fields<&AddIdConstrained::key_comment_and_constraints>;
};

// §3.2.6  Adding keys held on a token
struct AddSmartcardKey {
    static constexpr std::string_view name = "SSH_AGENTC_ADD_SMARTCARD_KEY";
    static constexpr MessageNumber number{20};
    std::string_view provider;
    SecretText pin;
    using fields = Fields<&AddSmartcardKey::provider, &AddSmartcardKey::pin>;
};
struct AddSmartcardKeyConstrained {
    static constexpr std::string_view name = "SSH_AGENTC_ADD_SMARTCARD_KEY_CONSTRAINED";
    static constexpr MessageNumber number{26};
    std::string_view provider;
    SecretText pin;
    Rest constraints;
    using fields = Fields<&AddSmartcardKeyConstrained::provider, &AddSmartcardKeyConstrained::pin,
                          &AddSmartcardKeyConstrained::constraints>;
};

// §3.4  Removing keys from the agent
struct RemoveIdentity {
    static constexpr std::string_view name = "SSH_AGENTC_REMOVE_IDENTITY";
    static constexpr MessageNumber number{18};
    Bytes key;
    using fields = Fields<&RemoveIdentity::key>;
};
struct RemoveAllIdentities {
    static constexpr std::string_view name = "SSH_AGENTC_REMOVE_ALL_IDENTITIES";
    static constexpr MessageNumber number{19};
    using fields = Fields<>;
};
struct RemoveSmartcardKey {
    static constexpr std::string_view name = "SSH_AGENTC_REMOVE_SMARTCARD_KEY";
    static constexpr MessageNumber number{21};
    std::string_view provider;
    SecretText pin;
    using fields = Fields<&RemoveSmartcardKey::provider, &RemoveSmartcardKey::pin>;
};

// §3.7  Locking and unlocking an agent
struct Lock {
    static constexpr std::string_view name = "SSH_AGENTC_LOCK";
    static constexpr MessageNumber number{22};
    SecretText passphrase;
    using fields = Fields<&Lock::passphrase>;
};
struct Unlock {
    static constexpr std::string_view name = "SSH_AGENTC_UNLOCK";
    static constexpr MessageNumber number{23};
    SecretText passphrase;
    using fields = Fields<&Unlock::passphrase>;
};

// §3.8  Extension mechanism
struct Extension {
    static constexpr std::string_view name = "SSH_AGENTC_EXTENSION";
    static constexpr MessageNumber number{27};
    std::string_view extension;
    Rest contents;                                                // one of the structs below, by `extension`
    using fields = Fields<&Extension::extension, &Extension::contents>;
};

// §3.8.1: which extensions are there?  No contents.
inline constexpr std::string_view query_extension = "query";

// This connection serves the session named here, whose first key exchange this host key signed; is_forwarding: what
// follows comes from that host (PROTOCOL.agent §1).
struct SessionBind {
    static constexpr std::string_view name = "session-bind@openssh.com";
    Bytes host_key;
    Bytes session_id;
    Bytes signature;
    bool is_forwarding = false;
    using fields =
        Fields<&SessionBind::host_key, &SessionBind::session_id, &SessionBind::signature, &SessionBind::is_forwarding>;
};

// ---- answers ---------------------------------------------------------------------------

// §3.1  Generic agent responses
struct Failure {
    static constexpr std::string_view name = "SSH_AGENT_FAILURE";
    static constexpr MessageNumber number{5};
    using fields = Fields<>;
};
struct Success {
    static constexpr std::string_view name = "SSH_AGENT_SUCCESS";
    static constexpr MessageNumber number{6};
    using fields = Fields<>;
};
struct ExtensionFailure {
    static constexpr std::string_view name = "SSH_AGENT_EXTENSION_FAILURE";
    static constexpr MessageNumber number{28};
    using fields = Fields<>;
};
struct ExtensionResponse {
    static constexpr std::string_view name = "SSH_AGENT_EXTENSION_RESPONSE";
    static constexpr MessageNumber number{29};
    std::string_view extension;
    Rest contents;
    using fields = Fields<&ExtensionResponse::extension, &ExtensionResponse::contents>;
};

struct ListedIdentity {
    static constexpr std::string_view name = "identity";
    Bytes key;
    std::string_view comment;
    using fields = Fields<&ListedIdentity::key, &ListedIdentity::comment>;
};
struct IdentitiesAnswer {
    static constexpr std::string_view name = "SSH_AGENT_IDENTITIES_ANSWER";
    static constexpr MessageNumber number{12};
    Repeated<ListedIdentity> identities;
    using fields = Fields<&IdentitiesAnswer::identities>;
};

struct SignResponse {
    static constexpr std::string_view name = "SSH_AGENT_SIGN_RESPONSE";
    static constexpr MessageNumber number{14};
    Bytes signature;                                              // a signature blob
    using fields = Fields<&SignResponse::signature>;
};

} // namespace nacre::agent
