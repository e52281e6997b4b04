// Adding keys to the agent and removing them.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>

#include "agent/key_body.h"
#include "base/text.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "runtime/security_keys.h"
#include "tools/add/actions.h"
#include "tools/add/key_files.h"

namespace nacre::add_tool {

namespace {

void tell_constraints(const Settings& settings)
{
    if (settings.constraints.lifetime)
        say(stderr, "Lifetime set to {} seconds\n", settings.constraints.lifetime->count());
    if (settings.constraints.confirm)
        say(stderr, "The user must confirm each use of the key\n");
}

// A certificate goes shortly after its time is over, so that no login fails with it; one that is over already was
// meant to be added.
std::optional<Seconds> certificate_lifetime(const Settings& settings, const std::string& file,
                                            const CertificateTerms& terms)
{
    constexpr std::uint64_t grace = 300;
    constexpr std::uint64_t longest = std::numeric_limits<std::uint32_t>::max();
    if (settings.certificates_stay || terms.valid_before == certificate_forever)
        return settings.constraints.lifetime;
    auto now = static_cast<std::uint64_t>(std::time(nullptr));
    if (terms.valid_before <= now) {
        say(stderr, "Warning: certificate {}-cert.pub has expired\n", printable(file));
        return settings.constraints.lifetime;
    }
    auto left = std::min(terms.valid_before - now, longest - grace) + grace;
    return std::min(settings.constraints.lifetime.value_or(Seconds::max()), Seconds{static_cast<std::int64_t>(left)});
}

// The certificate of FILE-cert.pub, if there is one about this key.
Result<void> add_certificate(const Settings& settings, AgentLink& agent, const std::string& file,
                             const PrivateKeyFile& key, const agent::Constraints& constraints)
{
    auto certificate = load_certificate(file);
    if (!certificate) {
        say(stderr, "Failed to load certificate \"{}-cert.pub\": {}\n", printable(file),
            certificate.error().what);
        return {};
    }
    if (!*certificate)
        return {};
    auto parsed = parse_certificate((*certificate)->key);
    if (!parsed || parsed->key != key.key.public_key()) {
        say(stderr, "Certificate {}-cert.pub does not match private key {}\n", printable(file), printable(file));
        return {};
    }
    agent::Constraints until_expiry = constraints;
    until_expiry.lifetime = certificate_lifetime(settings, file, parsed->terms);
    TRY(agent.add_certificate((*certificate)->key.blob(), key.key, key.comment, until_expiry));
    if (!settings.quiet) {
        say(stderr, "Certificate added: {}-cert.pub ({})\n", printable(file), printable(parsed->terms.key_id));
        tell_constraints(settings);
    }
    return {};
}

// The agent must know which library to ask for the signatures of a key that is in a token.
Result<agent::Constraints> with_token_library(const Settings& settings, const PrivateKey& key,
                                              agent::Constraints constraints)
{
    if (!key.public_key().type().is_of_token())
        return constraints;
    auto library = security_key_provider(settings.token_library);
    if (!library)
        return bad_input("the key is in a FIDO token, and there is no library for it");
    constraints.sk_provider = *library;
    return constraints;
}

// Errors of files begin with the name, which our messages have said already.
std::string reason(const Error& error)
{
    return error.os_error != 0 ? os_error_text(error.os_error) : error.what;
}

Result<void> add_file(const Settings& settings, AgentLink& agent, const std::string& file, KeyFiles& files,
                      const agent::Constraints& constraints)
{
    auto key = files.load_private(file);
    if (!key) {
        if (key.error().os_error != 0)
            say(stderr, "{}: {}\n", name_of(file), reason(key.error()));
        else
            say(stderr, "Error loading key \"{}\": {}\n", name_of(file), key.error().what);
        return fail(std::move(key.error()));
    }
    auto limits = with_token_library(settings, key->key, constraints);
    if (!limits) {
        say(stderr, "{}: {}\n", name_of(file), limits.error().what);
        return fail(std::move(limits.error()));
    }
    auto added = settings.certificates_only ? Result<void>{} : agent.add(key->key, key->comment, *limits);
    if (!added) {
        say(stderr, "Could not add identity \"{}\": {}\n", name_of(file), added.error().what);
        return added;
    }
    if (!settings.quiet && !settings.certificates_only) {
        say(stderr, "Identity added: {} ({})\n", name_of(file), printable(key->comment));
        tell_constraints(settings);
    }
    if (settings.plain_only || file == "-")
        return {};
    auto certified = add_certificate(settings, agent, file, *key, *limits);
    if (!certified)
        say(stderr, "Certificate {}-cert.pub not added: {}\n", printable(file), certified.error().what);
    return certified;
}

bool remove_one(const Settings& settings, AgentLink& agent, std::string_view name, const PublicKeyFile& file)
{
    auto removed = agent.perform(agent::RemoveIdentity{file.key.blob()});
    if (!removed)
        say(stderr, "Could not remove identity \"{}\": {}\n", printable(name), removed.error().what);
    else if (!settings.quiet)
        say(stderr, "Identity removed: {} {} ({})\n", printable(name), file.key.type().short_name,
            printable(file.comment));
    return removed.has_value();
}

bool remove_file(const Settings& settings, AgentLink& agent, const std::string& file)
{
    auto key = load_public(file);
    if (!key) {
        say(stderr, "Bad key file {}: {}\n", printable(file), reason(key.error()));
        return false;
    }
    bool removed = !settings.certificates_only && remove_one(settings, agent, file, *key);
    if (settings.plain_only)
        return removed;
    if (auto certificate = load_certificate(file); certificate && *certificate)
        removed = remove_one(settings, agent, file + "-cert.pub", **certificate) || removed;
    return removed;
}

// One public key per line.
Result<bool> remove_from_input(const Settings& settings, AgentLink& agent)
{
    auto text = TRY(read_secret_file(0, key_file_limit));
    bool all_removed = true;
    std::size_t number = 0;
    for (auto line : split(text.text(), '\n')) {
        ++number;
        if (trim(line).empty() || trim(line).starts_with('#'))
            continue;
        auto key = parse_public_key(as_bytes(line));
        if (!key) {
            say(stderr, "(stdin):{}: invalid key\n", number);
            all_removed = false;
            continue;
        }
        all_removed = remove_one(settings, agent, "(stdin)", *key) && all_removed;
    }
    return all_removed;
}

} // namespace

Result<int> add_keys(const Settings& settings, AgentLink& agent)
{
    auto constraints = settings.constraints;
    KeyFiles key_files{settings.constraints.confirm};
    auto files = settings.files.empty() ? default_files() : settings.files;
    std::size_t added = 0;
    for (auto& file : files)
        if (add_file(settings, agent, file, key_files, constraints))
            ++added;
    // Of the usual files one is enough; whoever names files means each.
    bool enough = settings.files.empty() ? added > 0 : added == files.size();
    return enough ? exit_ok : exit_failed;
}

Result<int> add_resident_keys(const Settings& settings, AgentLink& agent)
{
    auto library = security_key_provider(settings.token_library);
    if (!library)
        return bad_input("there is no library for FIDO tokens");
    auto constraints = settings.constraints;
    constraints.sk_provider = *library;
    auto pin = TRY(ask_secret("Enter PIN for authenticator: "));
    auto found = resident_keys(*library, {}, pin.text());
    if (!found)
        return fail(in_context("Unable to load resident keys", std::move(found.error())));
    std::size_t added = 0;
    for (auto& one : *found) {
        auto& key = one.key.public_key();
        if (auto taken = agent.add(one.key, key.application(), constraints); !taken) {
            say(stderr, "Could not add identity {}: {}\n", fingerprint(key), taken.error().what);
            continue;
        }
        ++added;
        if (!settings.quiet) {
            say(stderr, "Resident identity added: {} {}\n", key.type().short_name, fingerprint(key));
            tell_constraints(settings);
        }
    }
    if (found->empty())
        say(stderr, "No keys to download\n");
    return added > 0 ? exit_ok : exit_failed;
}

Result<int> remove_keys(const Settings& settings, AgentLink& agent)
{
    auto files = settings.files.empty() ? default_files() : settings.files;
    std::size_t removed = 0;
    for (auto& file : files) {
        bool done = false;
        if (file == "-")
            done = TRY(remove_from_input(settings, agent));
        else
            done = remove_file(settings, agent, file);
        removed += done ? 1 : 0;
    }
    bool enough = settings.files.empty() ? removed > 0 : removed == files.size();
    return enough ? exit_ok : exit_failed;
}

Result<int> remove_all_keys(const Settings& settings, AgentLink& agent)
{
    auto removed = agent.perform(agent::RemoveAllIdentities{});
    if (!removed) {
        say(stderr, "Failed to remove all identities.\n");
        return exit_failed;
    }
    if (!settings.quiet)
        say(stderr, "All identities removed.\n");
    return exit_ok;
}

} // namespace nacre::add_tool
