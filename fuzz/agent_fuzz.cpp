// The agent's requests, and its answers as a client reads them.  The input is a run of messages with their lengths;
// where a token is needed, the next one is what its helper says.
#include "agent/agent_client.h"
#include "agent/agent_server.h"
#include "support/seeded_random.h"

using namespace nacre;
using namespace nacre::agent;

namespace {

struct AnyLibrary final : ProviderRules {
    Result<std::string> admit(std::string_view provider) const override { return std::string{provider}; }
};

std::optional<Bytes> take_message(Bytes& rest)
{
    auto message = next_message(rest);
    if (!message || !*message)
        return std::nullopt;
    rest = rest.subspan(length_size + (*message)->size());
    return *message;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    test::SeededRandom random{1};
    NoLog log;
    static const auto key = PrivateKey::generate(KeyKind::ed25519, 0).value();
    KeyStore store{random};
    AnyLibrary libraries;
    AgentServer server{store, {.providers = &libraries}, log};
    Bindings bindings;
    TimePoint now{};
    if (!store.add({to_vector(key.public_key().blob()), PrivateKey::generate(KeyKind::ed25519, 0).value(), "key"}, {}, now))
        __builtin_trap();
    Bytes rest{data, size};
    while (auto message = take_message(rest)) {
        auto outcome = server.handle(*message, bindings, now, Consent::given);
        if (std::holds_alternative<TokenNeeded>(outcome))
            if (auto helper = take_message(rest))
                outcome = server.handle(*message, bindings, now, Consent::given, helper);
        if (auto* later = std::get_if<Later>(&outcome); later && later->when <= now)
            __builtin_trap();
        (void)read_identities(*message);
        (void)read_signature(*message);
        (void)read_extensions(*message);
        (void)parse_login_claim(*message, key.public_key().blob());
        now += Seconds{1};
    }
    return 0;
}
