// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/passwords.h"

#include <fmt/format.h>

#include <ctime>

#include "base/text.h"
#include "os/privileged/shadow.h"

namespace nacre {
namespace {

constexpr std::string_view never_right = "\b\n\r\177INCORRECT";   // cannot be typed, is no password of anybody

std::int64_t today() { return static_cast<std::int64_t>(std::time(nullptr)) / 86400; }

} // namespace

Passwords::Passwords(const ServerOptions& options, std::string user, std::optional<UserAccount> account,
                     const ConnectionInfo& connection, Log& log)
    : options_(options), user_(std::move(user)), account_(std::move(account)), connection_(connection), log_(log)
{
}

bool Passwords::start()
{
    if (pam_ || !options_.use_pam)
        return pam_.has_value();
    PamStart settings;
    settings.service = options_.pam_service_name;
    settings.user = user_;
    settings.remote_host = connection_.peer_name;
    if (connection_.has_addresses())
        settings.connection_info = fmt::format("{} {} {} {}", connection_.peer_host, connection_.peer_port,
                                               connection_.local_host, connection_.local_port);
    auto pam = Pam::start(settings);
    if (!pam) {
        log_.error("PAM: {}", printable(pam.error().what));
        return false;
    }
    pam_ = *std::move(pam);
    return true;
}

bool Passwords::check(const SecretBytes& password)
{
    auto tried = account_ ? password.clone() : SecretBytes::copy_of(never_right);
    if (!options_.use_pam) {
        auto entry = shadow_entry(account_ ? account_->name : std::string{});
        auto known = account_ && entry ? *std::move(entry) : std::optional<ShadowEntry>{};
        auto empty = options_.permit_empty_passwords ? EmptyPasswords::allowed : EmptyPasswords::refused;
        return verify_password(known, tried, empty) && account_;
    }
    if (!start())
        return false;
    auto verdict = pam_->authenticate(answer_with_password(tried, &texts_), options_.permit_empty_passwords);
    if (!verdict) {
        log_.error("PAM: {}", printable(verdict.error().what));
        return false;
    }
    if (*verdict == PamVerdict::refused)
        log_.debug1("PAM: password authentication failed for {}: {}", printable(user_), printable(pam_->last_reason()));
    return *verdict == PamVerdict::accepted && account_;
}

bool Passwords::ask(const PamConversation& conversation)
{
    if (!start())
        return false;
    auto verdict = pam_->authenticate(conversation, options_.permit_empty_passwords);
    return verdict && *verdict == PamVerdict::accepted && account_;
}

AccountState Passwords::check_account()
{
    if (!account_)
        return AccountState::refused;
    if (options_.use_pam) {
        if (!start())
            return AccountState::refused;
        auto verdict = pam_->check_account(no_conversation(&texts_));
        if (!verdict || *verdict == PamVerdict::refused) {
            log_.info("Access denied for user {} by PAM account configuration", printable(user_));
            return AccountState::refused;
        }
        return *verdict == PamVerdict::must_change_password ? AccountState::must_change_password : AccountState::good;
    }
    auto entry = shadow_entry(account_->name);
    if (!entry || !*entry)
        return AccountState::good;                                // without root the file cannot be read
    if (account_expired(**entry, today())) {
        log_.info("Account {} has expired", printable(user_));
        return AccountState::refused;
    }
    switch (password_age(**entry, today())) {
    case PasswordAge::good: return AccountState::good;
    case PasswordAge::must_change: return AccountState::must_change_password;
    case PasswordAge::expired:
        log_.info("User {} password has expired (password aged)", printable(user_));
        return AccountState::refused;
    }
    return AccountState::refused;
}

Result<void> Passwords::open_session(const std::string& terminal)
{
    if (!options_.use_pam)
        return {};
    if (!start())
        return system_failure("PAM did not start");
    if (!terminal.empty())
        TRY(pam_->set_terminal(terminal));
    TRY(pam_->establish_credentials());
    return pam_->open_session(no_conversation(&texts_));
}

void Passwords::close_session()
{
    if (pam_)
        pam_->close_session();
}

Environment Passwords::environment() const { return pam_ ? pam_->environment() : Environment{}; }

} // namespace nacre
