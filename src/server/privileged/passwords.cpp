// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/passwords.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "os/privileged/shadow.h"
#include "os/privileges.h"

namespace nacre {
namespace {

constexpr std::string_view never_right = "\b\n\r\177INCORRECT";   // cannot be typed, is no password of anybody

// As long as what was typed, for modules whose time depends on that.
SecretBytes wrong_password(std::size_t length)
{
    std::string text;
    while (text.size() < std::max(length, never_right.size()))
        text += never_right;
    text.resize(std::max(length, never_right.size()));
    return SecretBytes::copy_of(text);
}

} // namespace

Passwords::Passwords(const ServerOptions& options, std::string user, std::optional<UserAccount> account,
                     const ConnectionInfo& connection, Log& log)
    : options_(options), user_(std::move(user)), account_(std::move(account)), connection_(connection), log_(log)
{
}

PamStart Passwords::pam_settings() const
{
    PamStart settings;
    settings.service = options_.pam_service_name;
    settings.user = user_;
    settings.remote_host = connection_.peer_name;
    if (connection_.has_addresses())
        settings.connection_info = fmt::format("{} {} {} {}", connection_.peer_host, connection_.peer_port,
                                               connection_.local_host, connection_.local_port);
    return settings;
}

bool Passwords::start()
{
    if (pam_ || !options_.use_pam)
        return pam_.has_value();
    auto pam = Pam::start(pam_settings());
    if (!pam) {
        log_.error("PAM: {}", printable(pam.error().what));
        return false;
    }
    pam_ = *std::move(pam);
    return true;
}

// No password lets these in.  "prohibit-password" is about this one as well.
bool Passwords::cannot_pass() const
{
    return !account_ || (account_->uid == 0 && options_.permit_root_login != PermitRoot::yes);
}

bool Passwords::check(const SecretBytes& password)
{
    auto tried = cannot_pass() ? wrong_password(password.size()) : password.clone();
    if (!options_.use_pam) {
        auto entry = shadow_entry(account_ ? account_->name : std::string{});
        auto known = account_ && entry ? *std::move(entry) : std::optional<ShadowEntry>{};
        auto empty = options_.permit_empty_passwords ? EmptyPasswords::allowed : EmptyPasswords::refused;
        bool right = verify_password(known, tried, empty) && account_;
        password_was_right_ = password_was_right_ || right;
        return right;
    }
    if (!start())
        return false;
    std::vector<std::string> texts;                               // for nobody but who knows the password
    auto verdict = pam_->authenticate(answer_with_password(tried, &texts), options_.permit_empty_passwords);
    if (!verdict) {
        log_.error("PAM: {}", printable(verdict.error().what));
        return false;
    }
    no_more_tries_ = no_more_tries_ || pam_->wants_no_more_tries();
    if (*verdict == PamVerdict::refused)
        log_.debug1("PAM: password authentication failed for {}: {}", printable(user_), printable(pam_->last_reason()));
    bool right = *verdict == PamVerdict::accepted && account_ && is_still_the_user();
    proved_by_pam_ = proved_by_pam_ || right;
    if (right)
        std::ranges::move(texts, std::back_inserter(texts_));
    return right;
}

// Whoever answers for a user who cannot pass is asked all the same, and PAM hears something else.
bool Passwords::ask(const PamConversation& conversation)
{
    if (!start())
        return false;
    auto answered = [&](const std::vector<PamMessage>& messages) -> Result<std::vector<SecretBytes>> {
        auto answers = TRY(conversation(messages));
        for (auto& answer : answers)
            if (cannot_pass())
                answer = wrong_password(answer.size());
        return answers;
    };
    auto verdict = pam_->authenticate(answered, options_.permit_empty_passwords);
    no_more_tries_ = no_more_tries_ || pam_->wants_no_more_tries();
    if (!verdict || *verdict != PamVerdict::accepted) {
        log_.error("PAM: {} for {}{} from {}", printable(pam_->last_reason()), account_ ? "" : "illegal user ",
                   printable(user_), printable(connection_.peer_name));
        return false;
    }
    if (cannot_pass() || !is_still_the_user())
        return false;
    proved_by_pam_ = true;
    switch (check_account()) {
    case AccountState::good: return true;
    case AccountState::must_change_password: return change_password(conversation);
    case AccountState::refused: return false;
    }
    return false;
}

// Modules may turn one user into another, for whom nothing here was decided.
bool Passwords::is_still_the_user() const
{
    if (pam_->user() == user_)
        return true;
    log_.error("PAM: a module changed the user from {} to {}", printable(user_), printable(pam_->user()));
    return false;
}

bool Passwords::change_password(const PamConversation& conversation)
{
    auto verdict = pam_->change_expired_password(conversation);
    if (!verdict || *verdict != PamVerdict::accepted) {
        log_.info("PAM: the expired password of {} was not changed: {}", printable(user_), printable(pam_->last_reason()));
        return false;
    }
    state_ = AccountState::good;
    return true;
}

AccountState Passwords::check_account()
{
    if (!account_)
        return AccountState::refused;
    if (!state_)
        state_ = options_.use_pam ? ask_pam_about_account() : look_at_shadow();
    return *state_;
}

AccountState Passwords::ask_pam_about_account()
{
    if (!start())
        return AccountState::refused;
    auto verdict = pam_->check_account(no_conversation(&texts_));
    if (!verdict || *verdict == PamVerdict::refused) {
        log_.say(LogLevel::fatal, "Access denied for user {} by PAM account configuration [preauth]", printable(user_));
        return AccountState::refused;
    }
    return *verdict == PamVerdict::must_change_password ? AccountState::must_change_password : AccountState::good;
}

AccountState Passwords::look_at_shadow()
{
    auto entry = shadow_entry(account_->name);
    if (!entry || !*entry)
        return AccountState::good;                                // without root the file cannot be read
    auto now = today();
    for (auto& warning : expiry_warnings(**entry, now))
        texts_.push_back(warning);
    auto age = password_was_right_ ? password_age(**entry, now) : PasswordAge::good;
    switch (age) {
    case PasswordAge::good: return AccountState::good;
    case PasswordAge::must_change:
        log_.info("User {} password has expired", printable(user_));
        return AccountState::must_change_password;
    case PasswordAge::expired:
        log_.info("User {} password has expired (password aged)", printable(user_));
        return AccountState::refused;
    }
    return AccountState::refused;
}

void Passwords::tell_modules(const std::string& auth_info) { tell_modules_of("SSH_AUTH_INFO_0", auth_info); }

void Passwords::tell_modules_of(const std::string& variable, const std::string& value)
{
    if (start())
        (void)pam_->put_environment(variable, value);
}

// Modules that were never asked who this is have no credentials for him, and may say so: pam_deny.so under keys alone.
Result<void> Passwords::establish_credentials()
{
    auto established = pam_->establish_credentials(no_conversation(&texts_));
    if (established || proved_by_pam_)
        return established;
    log_.debug1("{}: not needed, since the login was not by PAM", printable(established.error().what));
    return {};
}

// Modules add to the groups of this process (pam_group), so for that time they are the user's.
Result<void> Passwords::open_session()
{
    if (!options_.use_pam)
        return {};
    if (!start())
        return system_failure("PAM did not start");
    std::vector<std::uint32_t> ours;
    if (is_root()) {
        ours = TRY(supplementary_groups());
        auto theirs = TRY(group_ids_of(*account_));
        TRY(set_supplementary_groups(theirs));
    }
    auto opened = establish_credentials();
    if (opened)
        opened = pam_->open_session(no_conversation(&texts_));
    if (is_root()) {
        groups_ = TRY(supplementary_groups());
        TRY(set_supplementary_groups(ours));
    }
    return opened;
}

void Passwords::close_session()
{
    if (pam_)
        pam_->close_session();
}

std::optional<PamSessionOpened> Passwords::session_to_open() const
{
    if (!options_.use_pam)
        return std::nullopt;
    auto settings = pam_settings();
    return PamSessionOpened{settings.service, settings.user, settings.remote_host, settings.connection_info};
}

Environment Passwords::environment() const { return pam_ ? pam_->environment() : Environment{}; }

Result<std::vector<std::uint32_t>> Passwords::groups() const { return groups_ ? *groups_ : group_ids_of(*account_); }

} // namespace nacre
