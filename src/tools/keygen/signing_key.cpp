#include "tools/keygen/signing_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "os/environment.h"
#include "runtime/agent_link.h"
#include "runtime/pkcs11_keys.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/token_keys.h"

namespace nacre::keygen {

namespace {

CertificateSigner signer_with(const Settings& settings, const std::string& file, PrivateKey key)
{
    auto shared = std::make_shared<PrivateKey>(std::move(key));
    auto library = settings.token_library.value_or("");
    return [shared, library, file](std::string_view algorithm, Bytes data) {
        return sign_anywhere(*shared, algorithm, data, library, file, person_at_token());
    };
}

// The agent knows the key by its plain form, whatever else it may have been given with it.
Result<SigningKey> key_in_agent(PublicKey key)
{
    auto socket = Environment::of_this_process().find("SSH_AUTH_SOCK");
    if (!socket || socket->empty())
        return bad_input("the private key is not here, and SSH_AUTH_SOCK names no agent that could have it");
    auto link = TRY(AgentLink::connect(*socket));
    auto agent = std::make_shared<AgentLink>(std::move(link));
    auto held = TRY(agent->identities());
    auto known = [&](const PublicKey& wanted) {
        return std::ranges::any_of(held, [&](auto& identity) { return same_bytes(identity.key, wanted.blob()); });
    };
    auto plain = key.plain();
    auto asked = known(plain) ? plain : key;
    if (!known(asked))
        return bad_input("the agent does not have the private key");
    auto blob = to_vector(asked.blob());
    return SigningKey{std::move(key), [agent, blob](std::string_view algorithm, Bytes data) {
                          return agent->sign(blob, algorithm, data);
                      }};
}

// -D: the private half is in a PKCS#11 token.
Result<SigningKey> key_in_token(const Settings& settings, PublicKey key)
{
    auto loaded = TRY(Pkcs11Keys::load(*settings.token, person_at_token()));
    if (!loaded.has(key.plain()))
        return bad_input("the token does not have the private key");
    auto token = std::make_shared<Pkcs11Keys>(std::move(loaded));
    auto plain = key.plain();
    return SigningKey{std::move(key), [token, plain](std::string_view algorithm, Bytes data) {
                          return token->sign(plain, algorithm, data, person_at_token());
                      }};
}

std::string without_ending(const std::string& file)
{
    for (std::string_view ending : {"-cert.pub", ".pub"})
        if (file.ends_with(ending))
            return file.substr(0, file.size() - ending.size());
    return file;
}

} // namespace

Result<SigningKey> open_signing_key(const Settings& settings, const std::string& file)
{
    auto text = read_input(file);
    if (text && private_key_form(text->bytes()) && !settings.authority_in_agent && !settings.token) {
        auto loaded = TRY(load_private(settings, file));
        auto key = loaded.file.key.public_key();
        return SigningKey{std::move(key), signer_with(settings, file, std::move(loaded.file.key))};
    }
    auto public_file = TRY(load_public(file));
    auto shown = std::move(public_file.key);
    auto beside = without_ending(file);
    if (settings.token)
        return key_in_token(settings, std::move(shown));
    if (settings.authority_in_agent || beside == file || !read_input(beside))
        return key_in_agent(std::move(shown));
    auto loaded = TRY(load_private(settings, beside));
    if (!(loaded.file.key.public_key() == shown.plain()))
        return bad_input(fmt::format("{} and {} do not belong together", beside, file));
    return SigningKey{std::move(shown), signer_with(settings, file, std::move(loaded.file.key))};
}

Result<SigningKey> open_signing_key_by_agent(const Settings& settings, const std::string& file)
{
    if (!settings.token && !settings.authority_in_agent)
        if (auto shown = load_public(file))
            if (auto key = key_in_agent(std::move(shown->key)))
                return key;
    return open_signing_key(settings, file);
}

} // namespace nacre::keygen
