// What the agent holds, and whether it works.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/key_body.h"
#include "base/text.h"
#include "crypto/random.h"
#include "keys/fingerprint.h"
#include "os/print.h"
#include "tools/add/actions.h"
#include "tools/add/key_files.h"

namespace nacre::add_tool {

namespace {

constexpr std::size_t test_data_size = 1024;

int nothing_there()
{
    say("The agent has no identities.\n");
    return exit_failed;
}

// Keys of types that we do not know are shown all the same.
std::string line_with_fingerprint(const agent::Identity& identity, HashKind hash)
{
    auto comment = for_people(printable_line(identity.comment));
    if (auto key = PublicKey::from_blob(identity.key))
        return fmt::format("{} {} {} ({})", key->bits(), fingerprint(*key, hash), comment, key->type().short_name);
    auto digest = to_base64(hash_of(HashKind::sha256, identity.key));
    digest.resize(std::min(digest.size(), digest.find('=')));
    return fmt::format("0 SHA256:{} {} ({})", digest, comment, printable(agent::type_of_blob(identity.key)));
}

Result<void> test_key(AgentLink& agent, const PublicKey& key)
{
    SystemRandom random;
    std::array<std::uint8_t, test_data_size> data{};
    random.fill(data);
    auto plain = key.plain();
    auto algorithm = usual_algorithm(plain.kind());
    auto signature = TRY(agent.sign(key.blob(), algorithm, data));
    return plain.verify(algorithm, data, signature, no_token_demands);
}

} // namespace

Result<int> list_fingerprints(const Settings& settings, AgentLink& agent)
{
    auto identities = TRY(agent.identities());
    if (identities.empty())
        return nothing_there();
    for (auto& identity : identities)
        say("{}\n", line_with_fingerprint(identity, settings.fingerprint_hash));
    return exit_ok;
}

Result<int> list_public_keys(const Settings&, AgentLink& agent)
{
    auto identities = TRY(agent.identities());
    if (identities.empty())
        return nothing_there();
    for (auto& identity : identities)
        say("{} {} {}\n", printable(agent::type_of_blob(identity.key)), to_base64(identity.key),
            printable_line(identity.comment));
    return exit_ok;
}

Result<int> query_extensions(const Settings&, AgentLink& agent)
{
    auto names = agent.extensions();
    if (!names) {
        say(stderr, "The agent does not say which extensions it has: {}\n", names.error().what);
        return exit_failed;
    }
    for (auto& name : *names)
        say("{}\n", printable(name));
    return exit_ok;
}

Result<int> test_keys(const Settings& settings, AgentLink& agent)
{
    int status = exit_ok;
    for (auto& file : settings.files) {
        auto key = load_public(file);
        if (!key) {
            say(stderr, "Couldn't read public key {}: {}\n", printable(file), key.error().what);
            status = exit_failed;
            continue;
        }
        if (auto tested = test_key(agent, key->key); !tested) {
            say(stderr, "Agent signature failed for {}: {}\n", printable(file), tested.error().what);
            status = exit_failed;
        } else if (settings.verbosity > 0) {
            say(stderr, "{}: the agent's signature is good\n", printable(file));
        }
    }
    return status;
}

} // namespace nacre::add_tool
