// PRIVILEGED: runs in sshd-session as root.  Whether a password is right, whether the account is good: PAM or shadow.
//
// Users who do not exist, and root where no password opens the door for him, take the same path with a password that
// cannot be right, so that time tells nothing.
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
#include "server/connection_records.h"

namespace nacre {

enum class AccountState { good, must_change_password, refused };

class Passwords {
public:
    // `account`: nothing for users who do not exist or may not log in.
    Passwords(const ServerOptions& options, std::string user, std::optional<UserAccount> account,
              const ConnectionInfo& connection, Log& log);

    bool check(const SecretBytes& password);
    // Questions by way of PAM; only with UsePAM.  A password that has expired is changed in the same conversation.
    bool ask(const PamConversation& conversation);
    // PAM says that nobody needs to try any more.
    bool wants_no_more_tries() const { return no_more_tries_; }
    bool is_account_refused() const { return state_ == AccountState::refused; }   // of somebody whose answers were right
    // Looked up once.  Without PAM, whoever used no password need not change it.
    AccountState check_account();
    // What PAM's modules find as SSH_AUTH_INFO_0: ExposeAuthInfo's text.
    void tell_modules(const std::string& auth_info);
    void tell_modules_of(const std::string& variable, const std::string& value);
    Result<void> open_session();
    void close_session();
    // What another process needs to know to close it.  Nothing: without PAM there is none.
    std::optional<PamSessionOpened> session_to_open() const;
    Environment environment() const;                              // PAM's
    // The user's supplementary groups; once the session is open, with those that modules have added.
    Result<std::vector<std::uint32_t>> groups() const;
    // What modules said and nobody has been shown yet.
    const std::vector<std::string>& texts() const { return texts_; }
    std::vector<std::string> take_texts() { return std::exchange(texts_, {}); }

private:
    bool start();
    bool cannot_pass() const;
    bool is_still_the_user() const;
    AccountState ask_pam_about_account();
    Result<void> establish_credentials();
    AccountState look_at_shadow();
    bool change_password(const PamConversation& conversation);
    PamStart pam_settings() const;

    const ServerOptions& options_;
    std::string user_;
    std::optional<UserAccount> account_;
    const ConnectionInfo& connection_;
    Log& log_;
    std::optional<Pam> pam_;
    std::vector<std::string> texts_;
    std::optional<AccountState> state_;
    std::optional<std::vector<std::uint32_t>> groups_;
    bool password_was_right_ = false;
    bool proved_by_pam_ = false;                                  // PAM's modules found a password or answers right
    bool no_more_tries_ = false;
};

} // namespace nacre
