// Answers what the authenticator asks: signatures, passwords, prompts; and explains a login that failed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/client_auth.h"
#include "auth/host_memory.h"
#include "base/log.h"
#include "client/configuration.h"
#include "client/identities.h"
#include "client/kerberos.h"
#include "client/person.h"

namespace nacre {

class Login {
public:
    Login(const Configuration& configuration, Identities identities, const Person& person, Log& log)
        : configuration_(configuration), options_(configuration.options()), host_(configuration.host_alias()),
          identities_(std::move(identities)), person_(person), log_(log), kerberos_(configuration, log)
    {
    }

    // `typing_is_safe`: false where the host's key has changed; then nothing is typed there.  `memory` may be null.
    ClientAuthSettings settings(bool typing_is_safe, const HostMemory* memory);
    // Every key that settings() would offer, in order: its name, type and fingerprint, and who signs with it.
    std::vector<std::string> offers(const HostMemory* memory);
    // What this login has taught us about logins to this host.
    void learn(const LoggedIn& login, HostMemory& memory) const;

    void use_connection(int descriptor) { connection_ = descriptor; }   // for host-based logins and Kerberos; before settings()
    void use_agent(std::optional<AgentLink> agent) { identities_.use_agent(std::move(agent)); }   // before settings()

    std::optional<ByteVector> open_key(const KeyNeeded& question);
    std::optional<ByteVector> sign(const SignatureNeeded& question);
    std::optional<ByteVector> sign(const HostSignatureNeeded& question);
    GssapiStep gssapi_step(const GssapiTokenNeeded& question) { return kerberos_.step(question, connection_); }
    std::optional<ByteVector> gssapi_mic(const GssapiMicNeeded& question) { return kerberos_.mic(question); }
    std::optional<SecretBytes> password(const PasswordNeeded& question);
    struct NewPassword {
        std::optional<SecretBytes> old_one;                       // nothing: the person gave up
        SecretBytes new_one;
    };
    NewPassword new_password(const NewPasswordNeeded& question);
    std::optional<std::vector<SecretBytes>> answers(const PromptsNeeded& question);

    // The memory has put another key first than the configuration does.
    bool has_own_order() const { return recalled_ && *recalled_ > 0; }
    // What was tried, and what else the server would have taken: lines below "Permission denied".
    std::vector<std::string> explain(const ClientAuth& auth, std::string_view methods_left) const;

private:
    std::string who() const;                                      // "user@host", printable
    void show(std::string_view text) const;                       // of the server's, before it asks
    std::vector<CandidateKey> candidates(const HostMemory* memory);
    void recall(std::vector<CandidateKey>& keys, const HostMemory& memory);

    const Configuration& configuration_;
    const ClientOptions& options_;
    std::string host_;
    Identities identities_;
    int connection_ = -1;
    const Person& person_;
    Log& log_;
    Kerberos kerberos_;
    bool typing_is_safe_ = true;
    std::vector<std::string> key_names_;                          // for the memory, by index: with those before it
    std::optional<std::size_t> recalled_;                         // the candidate that the memory speaks of
    bool passed_over_ = false;                                    // a key that the server was not shown, or would have taken
    bool signed_quietly_ = false;                                 // the last signature: nobody was asked
};

// PreferredAuthentications, or our order, without the methods that are switched off.
std::string methods_to_try(const ClientOptions& options, bool typing_is_safe);

} // namespace nacre
