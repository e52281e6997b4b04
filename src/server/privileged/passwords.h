// PRIVILEGED: runs in sshd-session as root.  Whether a password is right, whether the account is good: PAM or shadow.
//
// Users who do not exist take the same path with a password that cannot be right, so that time
// tells nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "config/server_options.h"
#include "os/privileged/pam.h"
#include "os/user.h"
#include "server/connection_info.h"

namespace nacre {

enum class AccountState { good, must_change_password, refused };

class Passwords {
public:
    // `account`: nothing for users who do not exist or may not log in.
    Passwords(const ServerOptions& options, std::string user, std::optional<UserAccount> account,
              const ConnectionInfo& connection, Log& log);

    bool check(const SecretBytes& password);
    // Questions by way of PAM; only with UsePAM.
    bool ask(const PamConversation& conversation);
    AccountState check_account();
    Result<void> open_session(const std::string& terminal);
    void close_session();
    Environment environment() const;                              // PAM's
    // What modules said: shown to the user after the login.
    std::vector<std::string> take_texts() { return std::exchange(texts_, {}); }

private:
    bool start();

    const ServerOptions& options_;
    std::string user_;
    std::optional<UserAccount> account_;
    const ConnectionInfo& connection_;
    Log& log_;
    std::optional<Pam> pam_;
    std::vector<std::string> texts_;
};

} // namespace nacre
