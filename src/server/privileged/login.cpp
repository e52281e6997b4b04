// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/login.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <thread>
#include <utility>

#include "auth/methods.h"
#include "base/text.h"
#include "config/none.h"
#include "os/privileged/login_record.h"
#include "os/privileged/shadow.h"
#include "os/privileges.h"
#include "os/safe_file.h"
#include "server/access_rules.h"
#include "server/network_messages.h"
#include "server/refusal_time.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

constexpr std::size_t longest_banner = 112 * 1024;                 // must fit into one message
constexpr std::size_t most_held_back = 10;

std::string banner_text(const ServerOptions& options)
{
    if (is_unset(options.banner))
        return {};
    auto file = read_file(options.banner, longest_banner);
    return file ? std::string{until_nul(as_text(*file))} : std::string{};
}

std::uint32_t whole_seconds(Seconds time)
{
    return static_cast<std::uint32_t>(std::clamp<Seconds::rep>(time.count(), 0, INT32_MAX));
}

std::uint32_t traffic_class(std::optional<int> configured)
{
    return configured ? static_cast<std::uint32_t>(*configured) : LoginTerms::no_class;
}

LoginTerms terms_of(const ServerOptions& options, LogLevel log_level)
{
    LoginTerms terms{.alive_seconds = whole_seconds(options.client_alive_interval),
                     .alive_most = options.client_alive_count_max,
                     .unused_seconds = whole_seconds(options.unused_connection_timeout),
                     .channel_timeouts = {},
                     .interactive_class = traffic_class(options.ip_qos.interactive),
                     .bulk_class = traffic_class(options.ip_qos.bulk),
                     .rekey_bytes = options.rekey_limit.bytes,
                     .rekey_seconds = whole_seconds(options.rekey_limit.time),
                     .log_level = static_cast<std::uint8_t>(log_level)};
    for (auto& rule : options.channel_timeout)
        terms.channel_timeouts.items.push_back({rule.type, whole_seconds(rule.idle)});
    return terms;
}

bool is_prompt(const PamMessage& message) { return message.kind == PamMessage::Kind::prompt; }

// One for each message: what is only said has an empty answer.
Result<std::vector<SecretBytes>> answers_to(const std::vector<PamMessage>& messages, std::vector<SecretBytes> given)
{
    if (given.size() != static_cast<std::size_t>(std::ranges::count_if(messages, is_prompt)))
        return not_permitted("the number of answers is not that of the prompts");
    std::vector<SecretBytes> answers;
    auto next = given.begin();
    for (auto& message : messages)
        answers.push_back(is_prompt(message) ? std::move(*next++) : SecretBytes{});
    return answers;
}

std::vector<std::string> group_names(const UserAccount& account)
{
    std::vector<std::string> names;
    if (auto groups = groups_of(account))
        for (auto& group : *groups)
            if (!group.name.empty())
                names.push_back(std::move(group.name));
    return names;
}

} // namespace

void Login::session_is(Bytes session_id, Bytes host_key)
{
    session_id_ = to_vector(session_id);
    host_key_ = to_vector(host_key);
}

// ---- who is it? --------------------------------------------------------------------------

// How long this takes is hidden once, whatever comes of it: before anything is sent of which the peer could see when.
Result<void> Login::on(const WhoIs& question)
{
    question_comes();
    auto found = look_up(question);
    hide_time(shortest_look_up);
    if (!found)
        return found;
    TRY(network_.send(terms_of(*options_, log_level())));
    return network_.send(Welcome{progress_->can_continue(), banner_text(*options_), options_->max_auth_tries,
                                 signature_labels(options_->pubkey_accepted_algorithms)});
}

Result<void> Login::look_up(const WhoIs& question)
{
    user_ = question.user;
    service_ = question.service;
    name_ = user_.substr(0, user_.find(':'));
    auto found = user_named(name_);
    ServerMatchContext context;
    context.user = name_;
    context.user_exists = found && *found;
    if (context.user_exists)
        context.groups = group_names(**found);
    context.host = connection_.peer_name;
    context.address = connection_.peer_host;
    context.local_address = connection_.local_host;
    context.local_port = connection_.local_port;
    context.rdomain = connection_.rdomain;
    context.version = software_version;
    auto options = TRY(startup_.config.resolve(context));
    options_ = std::make_unique<ServerOptions>(std::move(options));
    std::optional<Objection> refused;
    if (context.user_exists)
        refused = objection(**found, context.groups);
    if (context.user_exists && !refused)
        account_ = **found;
    is_unknown_ = !context.user_exists;
    log_.context().user = user_;
    log_.context().user_may_exist = account_.has_value();
    if (!account_)
        log_.tell(events::UserRefused{context.user_exists, refused ? refused->reason : "", name_,
                                      refused && refused->is_about_source ? connection_.peer_name : ""});
    if (options_->refuse_connection) {
        refused_ = true;
        return not_permitted("the server's configuration refuses this connection");
    }
    look_for_gssapi();
    passwords_.emplace(*options_, name_, account_, connection_, log_);
    progress_.emplace(*options_);
    log_.set_level(log_level());
    return {};
}

// What the command line says of it (-d, -q) goes for everybody.
LogLevel Login::log_level() const
{
    bool by_command_line = startup_.log_level != startup_.config.global().log_level;
    return by_command_line ? startup_.log_level : options_->log_level;
}

std::optional<Login::Objection> Login::objection(const UserAccount& account, const std::vector<std::string>& groups) const
{
    if (!is_root() && account.uid != effective_uid())
        return Objection{"sshd runs without root and serves its own account only"};
    if (is_unset(options_->chroot_directory)) {
        auto shell = file_facts(account.shell);
        if (!shell)
            return Objection{fmt::format("shell {} does not exist", printable(account.shell))};
        if (!shell->is_regular || (shell->mode & 0111) == 0)
            return Objection{fmt::format("shell {} is not executable", printable(account.shell))};
    }
    if (auto reason = refused_by_lists(*options_, {account.name, groups, connection_.peer_name, connection_.peer_host}))
        return Objection{*reason, true};
    if (options_->use_pam)
        return std::nullopt;
    auto entry = shadow_entry(account.name);
    if (!entry || !*entry)
        return std::nullopt;
    // "*" only says that there is no password; "!" that an administrator shut the account.
    if ((*entry)->hash.text().starts_with('!'))
        return Objection{"account is locked"};
    if (account_expired(**entry, today()))
        return Objection{"account has expired"};
    return std::nullopt;
}

LoginEnd Login::end_without_success() const
{
    if (refused_)
        return LoginEnd::refuseconnection;
    if (is_unknown_ && failures_ > 0)
        return LoginEnd::invaliduser;
    return failures_ > 0 ? LoginEnd::authfail : LoginEnd::noauth;
}

// ---- methods -----------------------------------------------------------------------------

Result<void> Login::on(const TryNone&)
{
    question_comes();
    if (progress_->may_try(method::none)) {
        if (passwords_->check(SecretBytes{}))
            return conclude(true, {.method = std::string{method::none}});
        hide_time(shortest_refusal);
    }
    return network_.send(Verdict{AuthOutcome::failure, progress_->can_continue()});
}

Result<void> Login::on(const CheckPassword& question)
{
    question_comes();
    bool passed = false;
    if (progress_->may_try(method::password) && !question.change) {
        auto password = SecretBytes::copy_of(question.password.text);
        // An empty password is right only where the administrator allows it.
        passed = passwords_->check(password) && (!password.empty() || options_->permit_empty_passwords);
    }
    if (passed)
        auth_info_ += "password\n";
    return conclude(passed, {.method = std::string{method::password}});
}

Result<void> Login::on(const StartPrompts&)
{
    question_comes();
    bool given_up = false, is_over = false;
    bool passed = false;
    if (progress_->may_try(method::keyboard_interactive))
        passed = passwords_->ask([&](const std::vector<PamMessage>& messages) -> Result<std::vector<SecretBytes>> {
            // Modules behind it ask all the same; who has gone on to something else, or failed, hears none of that.
            if (is_over)
                return not_permitted("the prompts were abandoned");
            auto given = ask_person(messages);
            question_came_ = std::chrono::steady_clock::now();    // how long a person types is no secret of ours
            given_up = !given;
            auto answers = given ? answers_to(messages, *std::move(given)) : std::move(given);
            is_over = !answers;
            return answers;
        });
    if (given_up)
        return {};                                                // whoever asked asks something else now
    passed = passed && !is_over;                                  // modules may heed no answer at all
    if (passed)
        auth_info_ += "keyboard-interactive/pam\n";
    else if (passwords_->is_account_refused())
        TRY(show_texts());                                        // the answers were right
    return conclude(passed, {.method = std::string{method::keyboard_interactive}});
}

// As many as there are prompts, if the peer keeps to RFC 4256 §3.4.
Result<std::vector<SecretBytes>> Login::ask_person(const std::vector<PamMessage>& messages)
{
    std::string instruction;
    for (auto& line : passwords_->take_texts())                   // why it is asked, perhaps
        instruction.append(until_nul(line)).append("\n");
    std::vector<Prompt> prompts;
    for (auto& message : messages) {
        if (is_prompt(message))
            prompts.push_back({std::string{until_nul(message.text)}, message.echo == Echo::on});
        else
            instruction.append(until_nul(message.text)).append("\n");
    }
    return ask_peer_(instruction, prompts);
}

// ---- verdicts ----------------------------------------------------------------------------

Result<void> Login::show_texts()
{
    std::string text;
    for (auto& line : passwords_->take_texts())
        text.append(until_nul(line)).append("\n");
    text.resize(std::min(text.size(), longest_banner));
    return text.empty() ? Result<void>{} : network_.send(LoginNotice{text});
}

Result<bool> Login::account_is_good()
{
    if (!options_->use_pam && account_->uid != 0)
        if (auto reason = read_file("/etc/nologin", longest_banner); reason || reason.error().os_error != ENOENT) {
            log_.info("User {} not allowed because /etc/nologin exists", printable(name_));
            if (reason)
                TRY(network_.send(LoginNotice{until_nul(as_text(*reason))}));
            return false;
        }
    passwords_->tell_modules(auth_info_);
    auto state = passwords_->check_account();
    TRY(show_texts());
    must_change_password_ = state == AccountState::must_change_password;
    if (must_change_password_)
        key_options_ = terminal_alone();
    return state != AccountState::refused;
}

Result<void> Login::conclude(bool passed, events::Authentication event)
{
    using enum events::AuthResult;
    auto method = event.method;
    auto outcome = AuthOutcome::failure;
    // By the key's line or its certificate: ForceCommand is everybody's, and says nothing about this key.
    bool forced = key_options_.command.has_value();
    bool root_refused = passed && account_ && account_->uid == 0
                        && !root_may_log_in(options_->permit_root_login, method, forced);
    if (root_refused)
        log_.info("ROOT LOGIN REFUSED FROM {}", connection_.peer());
    else if (passed && account_ && account_->uid == 0 && options_->permit_root_login == PermitRoot::forced_commands_only)
        log_.info("Root login accepted for forced command.");
    if (passed && account_ && !root_refused)
        outcome = progress_->passed(method);
    if (passwords_->wants_no_more_tries())
        for (auto asking : {method::none, method::password, method::keyboard_interactive})
            progress_->withdraw(asking);
    bool is_good = true;
    if (outcome == AuthOutcome::success)
        is_good = TRY(account_is_good());
    if (!is_good) {
        tell(std::move(event), failed, LogLevel::info);
        return network_.send(EndConnection{static_cast<std::uint32_t>(DisconnectReason::by_application), "Access denied"});
    }
    if (outcome == AuthOutcome::failure) {
        count_failure(std::move(event));
        return network_.send(Verdict{outcome, progress_->can_continue()});
    }
    tell(std::move(event), outcome == AuthOutcome::success ? accepted : partial, LogLevel::info);
    done_ = outcome == AuthOutcome::success;
    return network_.send(Verdict{outcome, done_ ? std::string{} : progress_->can_continue()});
}

void Login::count_failure(events::Authentication event)
{
    ++failures_;
    hide_time(shortest_refusal);
    if (event.method == method::password || event.method == method::keyboard_interactive)
        record_failure();
    bool loud = !account_ || failures_ >= options_->max_auth_tries / 2 || event.method == method::password;
    tell(std::move(event), events::AuthResult::failed, loud ? LogLevel::info : LogLevel::verbose);
    tell_if_exceeded();
}

void Login::record_failure()
{
    LoginRecord entry;
    entry.user = name_;
    entry.pid = static_cast<std::int32_t>(::getpid());
    entry.host = connection_.peer_name;
    entry.address = numeric_address(connection_.peer_host, connection_.peer_port);
    entry.when = static_cast<std::int64_t>(std::time(nullptr));
    if (auto done = record_failed_login(entry); !done && !std::exchange(told_of_record_, true))
        log_.info("login record: {}", printable(done.error().what));
}

void Login::tell_if_exceeded()
{
    if (failures_ >= options_->max_auth_tries)
        log_.tell(events::AttemptsExceeded{failures_});
}

void Login::tell(events::Authentication event, events::AuthResult result, LogLevel level)
{
    event.result = result;
    event.level = level;
    event.failures = failures_;
    if (result == events::AuthResult::failed && !log_.wants(level) && held_back_.size() < most_held_back)
        held_back_.push_back(event);
    log_.tell(event);
}

void Login::log_held_back()
{
    for (auto& event : held_back_) {
        event.level = LogLevel::info;
        log_.tell(event);
    }
    held_back_.clear();
}

void Login::wait_as_for_a_search() const
{
    std::this_thread::sleep_until(question_came_ + search_times_.lately());
}

void Login::hide_time(Duration shortest)
{
    auto elapsed = std::chrono::steady_clock::now() - question_came_;
    std::this_thread::sleep_for(refusal_time(startup_.timing_secret, user_, shortest, elapsed) - elapsed);
}

} // namespace nacre
