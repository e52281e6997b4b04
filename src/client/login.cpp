#include "client/login.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "auth/methods.h"
#include "base/table.h"
#include "base/text.h"
#include "client/host_based.h"
#include "crypto/random.h"
#include "keys/fingerprint.h"
#include "keys/public_key.h"
#include "os/fd.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

// Who is asked to confirm the use of a key takes longer than the slowest agent that asks nobody.
constexpr std::chrono::milliseconds quicker_than_a_person{300};

struct MethodSwitch {
    std::string_view name;
    bool types;                                                   // a person types something secret
    bool (*is_on)(const ClientOptions&);
};

constexpr std::array switches{
    MethodSwitch{method::gssapi_with_mic, false, [](const ClientOptions& o) { return o.gssapi_authentication; }},
    MethodSwitch{method::hostbased, false, [](const ClientOptions& o) { return o.hostbased_authentication; }},
    MethodSwitch{method::publickey, false, [](const ClientOptions& o) { return o.pubkey_authentication != PubkeyUse::no; }},
    MethodSwitch{method::keyboard_interactive, true, [](const ClientOptions& o) { return o.kbd_interactive_authentication; }},
    MethodSwitch{method::password, true, [](const ClientOptions& o) { return o.password_authentication; }},
};

BoundKeys bound_keys(PubkeyUse use)
{
    return use == PubkeyUse::unbound      ? BoundKeys::never
           : use == PubkeyUse::host_bound ? BoundKeys::always
                                          : BoundKeys::if_understood;
}

std::string why_not(const MethodSwitch& row, const ClientOptions& options)
{
    if (!row.is_on(options))
        return "switched off by the configuration";
    if (row.types && options.batch_mode)
        return "not tried: BatchMode asks nobody";
    auto& preferred = options.preferred_authentications;
    if (!preferred.empty() && !list_contains(preferred, row.name))
        return "not among PreferredAuthentications";
    return {};
}

// What was said more than once, a password three times perhaps, is one line with its count.
std::vector<std::string> counted(const std::vector<std::string>& lines)
{
    std::vector<std::string> result;
    for (auto line = lines.begin(); line != lines.end(); ++line) {
        if (std::find(lines.begin(), line, *line) != line)
            continue;
        auto times = std::count(line, lines.end(), *line);
        result.push_back(times == 1 ? *line : fmt::format("{} ({} times)", *line, times));
    }
    return result;
}

std::vector<std::string> described(const std::vector<AuthAttempt>& attempts)
{
    std::vector<std::string> lines;
    for (auto& attempt : attempts) {
        auto with = attempt.with.empty() ? std::string{} : " with " + attempt.with;
        lines.push_back(fmt::format("  {}{}: {}", attempt.method, with, attempt.outcome));
    }
    return counted(lines);
}

// By one of these algorithms.
bool may_sign(const PublicKey& key, std::string_view algorithms)
{
    return std::ranges::any_of(split(algorithms, ','), [&](auto name) {
        auto* row = find_signature_algorithm(name);
        return row && row->kind == key.kind();
    });
}

// A key counts as known only behind the same others, which were refused: which key is used may decide what the person
// gets, and those that come first are the person's choice.  A certificate that was renewed is still the same key.  Empty:
// only its passphrase can show which key it is, so that it cannot be known.
std::vector<std::string> names_for_memory(const std::vector<CandidateKey>& keys)
{
    std::vector<std::string> names;
    std::string before;
    for (auto& candidate : keys) {
        auto key = PublicKey::from_blob(candidate.blob);
        before += key ? fmt::format("{} {} ", key->type().name, fingerprint(key->plain(), HashKind::sha256))
                      : candidate.name + " ";
        names.push_back(key ? before : std::string{});
    }
    return names;
}

} // namespace

std::string methods_to_try(const ClientOptions& options, bool typing_is_safe)
{
    auto preferred = options.preferred_authentications.empty() ? names_of(client_methods, [](auto&) { return true; })
                                                               : options.preferred_authentications;
    std::string methods;
    for (auto name : split(preferred, ',')) {
        auto* row = find_by_name(switches, trim(name));
        if (!row || !why_not(*row, options).empty() || (row->types && !typing_is_safe))
            continue;
        if (!methods.empty())
            methods += ',';
        methods += row->name;
    }
    return methods;
}

void Login::recall(std::vector<CandidateKey>& keys, const HostMemory& memory)
{
    const HostMemory::Login* newest = nullptr;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto* login = key_names_[i].empty() ? nullptr : memory.login_of(options_.user, key_names_[i]);
        if (!login || (newest && newest <= login))
            continue;
        newest = login;
        recalled_ = i;
    }
    if (!recalled_)
        return;
    keys[*recalled_].worked_last_time = true;
    keys[*recalled_].signed_quietly_last_time = keys[*recalled_].in_agent && newest->quiet;
}

std::vector<CandidateKey> Login::candidates(const HostMemory* memory)
{
    recalled_.reset();
    passed_over_ = false;
    auto keys = identities_.candidates();
    key_names_ = names_for_memory(keys);
    if (memory)
        recall(keys, *memory);
    return keys;
}

std::vector<std::string> Login::offers(const HostMemory* memory)
{
    std::vector<std::string> lines;
    if (!list_contains(methods_to_try(options_, true), method::publickey))
        return lines;
    auto keys = candidates(memory);
    for (auto i : order_of_offers(keys)) {
        if (keys[i].blob.empty()) {
            lines.push_back(fmt::format("{}: which key it is only its passphrase can show", keys[i].name));
            continue;
        }
        auto key = PublicKey::from_blob(keys[i].blob);
        if (!key || !may_sign(*key, options_.pubkey_accepted_algorithms))
            continue;
        lines.push_back(fmt::format("{} {} {} {}", keys[i].name, key->type().short_name,
                                    fingerprint(*key, options_.fingerprint_hash), identities_.signer_of(i)));
    }
    return lines;
}

ClientAuthSettings Login::settings(bool typing_is_safe, const HostMemory* memory)
{
    typing_is_safe_ = typing_is_safe;
    auto keys = candidates(memory);
    return {.user = options_.user,
            .preferred_methods = methods_to_try(options_, typing_is_safe),
            .pubkey_algorithms = options_.pubkey_accepted_algorithms,
            .keys = std::move(keys),
            .bound_keys = bound_keys(options_.pubkey_authentication),
            .password_prompts = options_.number_of_password_prompts,
            .prompt_devices = options_.kbd_interactive_devices,
            .hostbased = hostbased_settings(configuration_, connection_, log_),
            .has_ticket = kerberos_.has_ticket()};
}

std::string Login::who() const { return printable(options_.user) + "@" + printable(host_); }

// For people, like a banner: a log would escape their letters.
void Login::show(std::string_view text) const
{
    auto said = trim(text);
    if (!said.empty() && log_.wants(LogLevel::info))
        (void)write_all(2, as_bytes(said_by(who(), said) + '\n'));
}

std::optional<ByteVector> Login::open_key(const KeyNeeded& question)
{
    auto blob = identities_.open(question.key);
    passed_over_ = passed_over_ || !blob;
    return blob;
}

std::optional<ByteVector> Login::sign(const SignatureNeeded& question)
{
    using Clock = std::chrono::steady_clock;
    auto begin = Clock::now();
    auto signature = identities_.sign(question.key, question.algorithm, question.data);
    signed_quietly_ = Clock::now() - begin < quicker_than_a_person;
    passed_over_ = passed_over_ || !signature;
    return signature;
}

void Login::learn(const LoggedIn& login, HostMemory& memory) const
{
    memory.key_sufficed = login.key && !login.took_more;
    if (login.key) {
        auto& name = key_names_.at(*login.key);
        SystemRandom random;
        if (!passed_over_ && !name.empty())
            memory.remember_login(options_.user, name, signed_quietly_, random);
    } else if (recalled_) {
        memory.forget_login(options_.user, key_names_.at(*recalled_));
    }
}

std::optional<ByteVector> Login::sign(const HostSignatureNeeded& question)
{
    return sign_as_this_host(connection_, question.data, log_);
}

std::optional<SecretBytes> Login::password(const PasswordNeeded& question)
{
    if (question.attempt > 0)
        log_.error("Permission denied, please try again.");
    return person_.ask(who() + "'s password: ");
}

// RFC 4252 §8: the old password, then the new one twice.
Login::NewPassword Login::new_password(const NewPasswordNeeded& question)
{
    show(question.prompt);
    auto old_one = person_.ask(fmt::format("Enter {}'s old password: ", who()));
    if (!old_one)
        return {};
    for (unsigned attempt = 0; attempt < options_.number_of_password_prompts; ++attempt) {
        auto first = person_.ask(fmt::format("Enter {}'s new password: ", who()));
        if (!first || first->empty())
            return {};
        auto second = person_.ask(fmt::format("Retype {}'s new password: ", who()));
        if (!second)
            return {};
        if (*first == *second)
            return {std::move(old_one), std::move(*first)};
        log_.error("Mismatch; try again.");
    }
    return {};
}

std::optional<std::vector<SecretBytes>> Login::answers(const PromptsNeeded& question)
{
    show(question.title);
    show(question.instruction);
    std::vector<SecretBytes> answers;
    for (auto& prompt : question.prompts) {
        auto answer = person_.ask(said_by(who(), prompt.text), prompt.echo ? Echo::on : Echo::off);
        if (!answer)
            return std::nullopt;
        answers.push_back(std::move(*answer));
    }
    return answers;
}

std::vector<std::string> Login::explain(const ClientAuth& auth, std::string_view methods_left) const
{
    auto lines = described(auth.attempts());
    bool tried_a_key = false, tried_a_host_key = false, tried_a_ticket = false;
    for (auto& attempt : auth.attempts()) {
        tried_a_key = tried_a_key || attempt.method == method::publickey;
        tried_a_host_key = tried_a_host_key || attempt.method == method::hostbased;
        tried_a_ticket = tried_a_ticket || attempt.method == method::gssapi_with_mic;
    }
    for (auto& line : identities_.left_out())
        lines.push_back(fmt::format("  {}: not offered: {}", method::publickey, line));
    for (auto& row : switches) {
        if (!list_contains(methods_left, row.name))
            continue;
        if (row.types && !typing_is_safe_)
            lines.push_back(fmt::format("  {}: not tried: the host key has changed", row.name));
        else if (auto reason = why_not(row, options_); !reason.empty())
            lines.push_back(fmt::format("  {}: {}", row.name, reason));
        else if (row.name == method::publickey && !tried_a_key)
            lines.push_back(options_.pubkey_authentication == PubkeyUse::host_bound
                                ? "  publickey: there is no key to try, or the server does not take host-bound ones"
                                : "  publickey: there is no key to try");
        else if (row.name == method::hostbased && !tried_a_host_key)
            lines.push_back("  hostbased: this host has no key to show");
        else if (row.name == method::gssapi_with_mic && !tried_a_ticket)
            lines.push_back("  gssapi-with-mic: there is no Kerberos ticket for this host");
    }
    if (tried_a_key && list_contains(methods_left, method::publickey))
        lines.push_back("A key counts where the server's authorized_keys lists it; ssh-copy-id puts it there.");
    return lines;
}

} // namespace nacre
