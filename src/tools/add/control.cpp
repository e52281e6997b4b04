// Locking the agent, and keys on tokens.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "tools/add/actions.h"
#include "tools/add/key_files.h"

namespace nacre::add_tool {

namespace {

Result<int> report(const Result<void>& outcome, const Settings& settings, std::string_view done, std::string_view what)
{
    if (!outcome) {
        say(stderr, "{}: {}\n", what, outcome.error().what);
        return exit_failed;
    }
    if (!settings.quiet)
        say(stderr, "{}\n", done);
    return exit_ok;
}

// To go with the keys of a token.
Result<std::vector<PublicKey>> certificates_of(const std::vector<std::string>& files)
{
    std::vector<PublicKey> certificates;
    for (auto& file : files) {
        auto read = load_public(file);
        if (!read)
            return fail(in_context(printable(file), std::move(read.error())));
        if (!read->key.is_certificate())
            return bad_input(fmt::format("{} is no certificate", printable(file)));
        certificates.push_back(std::move(read->key));
    }
    return certificates;
}

} // namespace

Result<int> lock_agent(const Settings& settings, AgentLink& agent)
{
    auto passphrase = TRY(ask_secret("Enter lock password: "));
    if (passphrase.empty()) {                                     // nobody answered, or just Enter: no lock at all
        say(stderr, "No password was given; the agent is not locked.\n");
        return exit_failed;
    }
    auto again = TRY(ask_secret("Again: "));
    if (passphrase != again) {
        say(stderr, "Passwords do not match.\n");
        return exit_failed;
    }
    return report(agent.perform(agent::Lock{{passphrase.text()}}), settings, "Agent locked.", "Failed to lock agent");
}

Result<int> unlock_agent(const Settings& settings, AgentLink& agent)
{
    auto passphrase = TRY(ask_secret("Enter lock password: "));
    return report(agent.perform(agent::Unlock{{passphrase.text()}}), settings, "Agent unlocked.",
                  "Failed to unlock agent");
}

Result<int> add_provider(const Settings& settings, AgentLink& agent)
{
    auto& provider = settings.provider_to_add;
    auto constraints = settings.constraints;
    constraints.certificates_only = settings.certificates_only;
    constraints.certificates = TRY(certificates_of(settings.files));
    auto pin = TRY(ask_secret("Enter passphrase for PKCS#11: "));
    ByteVector encoded;
    Writer writer{encoded};
    write_constraints(writer, constraints);
    auto added = constraints.any()
                     ? agent.perform(agent::AddSmartcardKeyConstrained{provider, {pin.text()}, {encoded}})
                     : agent.perform(agent::AddSmartcardKey{provider, {pin.text()}});
    return report(added, settings, "Card added: " + printable(provider),
                  fmt::format("Could not add card \"{}\"{}", printable(provider), pin.empty() ? " without a PIN" : ""));
}

Result<int> remove_provider(const Settings& settings, AgentLink& agent)
{
    auto& provider = settings.provider_to_remove;
    return report(agent.perform(agent::RemoveSmartcardKey{provider, {}}), settings,
                  "Card removed: " + printable(provider),
                  fmt::format("Could not remove card \"{}\"", printable(provider)));
}

} // namespace nacre::add_tool
