// Answers what the authenticator asks: signatures, passwords, prompts; and explains a login that failed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/client_auth.h"
#include "base/log.h"
#include "client/configuration.h"
#include "client/identities.h"
#include "client/person.h"

namespace nacre {

class Login {
public:
    Login(const Configuration& configuration, Identities identities, const Person& person, Log& log)
        : configuration_(configuration), options_(configuration.options()), host_(configuration.host_alias()),
          identities_(std::move(identities)), person_(person), log_(log)
    {
    }

    // `typing_is_safe`: false where the host's key has changed; then nothing is typed there.
    ClientAuthSettings settings(bool typing_is_safe);

    void use_connection(int descriptor) { connection_ = descriptor; }   // for host-based logins; before settings()
    void use_agent(std::optional<AgentLink> agent) { identities_.use_agent(std::move(agent)); }   // before settings()

    std::optional<ByteVector> sign(const SignatureNeeded& question);
    std::optional<ByteVector> sign(const HostSignatureNeeded& question);
    std::optional<SecretBytes> password(const PasswordNeeded& question);
    struct NewPassword {
        std::optional<SecretBytes> old_one;                       // nothing: the person gave up
        SecretBytes new_one;
    };
    NewPassword new_password(const NewPasswordNeeded& question);
    std::optional<std::vector<SecretBytes>> answers(const PromptsNeeded& question);

    // What was tried, and what else the server would have taken: lines below "Permission denied".
    std::vector<std::string> explain(const ClientAuth& auth, std::string_view methods_left) const;

private:
    std::string who() const;                                      // "user@host", printable

    const Configuration& configuration_;
    const ClientOptions& options_;
    std::string host_;
    Identities identities_;
    int connection_ = -1;
    const Person& person_;
    Log& log_;
    bool typing_is_safe_ = true;
};

// PreferredAuthentications, or our order, without the methods that are switched off.
std::string methods_to_try(const ClientOptions& options, bool typing_is_safe);

} // namespace nacre
