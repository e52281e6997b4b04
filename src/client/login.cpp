#include "client/login.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "auth/methods.h"
#include "base/table.h"
#include "base/text.h"
#include "client/host_based.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

struct MethodSwitch {
    std::string_view name;
    bool types;                                                   // a person types something secret
    bool (*is_on)(const ClientOptions&);
};

constexpr std::array switches{
    MethodSwitch{method::hostbased, false, [](const ClientOptions& o) { return o.hostbased_authentication; }},
    MethodSwitch{method::publickey, false, [](const ClientOptions& o) { return o.pubkey_authentication != PubkeyUse::no; }},
    MethodSwitch{method::keyboard_interactive, true, [](const ClientOptions& o) { return o.kbd_interactive_authentication; }},
    MethodSwitch{method::password, true, [](const ClientOptions& o) { return o.password_authentication; }},
};

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

ClientAuthSettings Login::settings(bool typing_is_safe)
{
    typing_is_safe_ = typing_is_safe;
    return {.user = options_.user,
            .preferred_methods = methods_to_try(options_, typing_is_safe),
            .pubkey_algorithms = options_.pubkey_accepted_algorithms,
            .keys = identities_.candidates(),
            .password_prompts = options_.number_of_password_prompts,
            .prompt_devices = options_.kbd_interactive_devices,
            .hostbased = hostbased_settings(configuration_, connection_, log_)};
}

std::string Login::who() const { return printable(options_.user) + "@" + printable(host_); }

std::optional<ByteVector> Login::sign(const SignatureNeeded& question)
{
    return identities_.sign(question.key, question.algorithm, question.data);
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
    if (!question.prompt.empty())
        log_.info("{}", printable(question.prompt));
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
    // Whoever asks is named in front of the question, so that a server cannot pass for another program.
    auto show = [&](std::string_view text) {
        if (!text.empty())
            log_.info("({}) {}", who(), printable(trim(text)));
    };
    show(question.title);
    show(question.instruction);
    std::vector<SecretBytes> answers;
    for (auto& prompt : question.prompts) {
        auto answer = person_.ask(fmt::format("({}) {}", who(), printable_text(prompt.text)),
                                  prompt.echo ? Echo::on : Echo::off);
        if (!answer)
            return std::nullopt;
        answers.push_back(std::move(*answer));
    }
    return answers;
}

std::vector<std::string> Login::explain(const ClientAuth& auth, std::string_view methods_left) const
{
    std::vector<std::string> lines;
    bool tried_a_key = false, tried_a_host_key = false;
    for (auto& attempt : auth.attempts()) {
        tried_a_key = tried_a_key || attempt.method == method::publickey;
        tried_a_host_key = tried_a_host_key || attempt.method == method::hostbased;
        auto with = attempt.with.empty() ? std::string{} : " with " + attempt.with;
        lines.push_back(fmt::format("  {}{}: {}", attempt.method, with, attempt.outcome));
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
            lines.push_back("  publickey: there is no key to try");
        else if (row.name == method::hostbased && !tried_a_host_key)
            lines.push_back("  hostbased: this host has no key to show");
    }
    return lines;
}

} // namespace nacre
