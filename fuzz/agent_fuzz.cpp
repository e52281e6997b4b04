// The agent's requests, and its answers as a client reads them.  The input is a run of messages with their lengths;
// where a token is needed, the next one is what its helper says.  What takes time on purpose, or many random bytes, is
// replaced.
#include <cstring>

#include "agent/agent_client.h"
#include "agent/agent_server.h"
#include "crypto/bcrypt_pbkdf.h"
#include "framed_input.h"

using namespace nacre;
using namespace nacre::agent;

namespace {

struct AnyLibrary final : ProviderRules {
    Result<std::string> admit(std::string_view provider) const override { return std::string{provider}; }
};

struct CheapRandom final : Random {
    void fill(MutableBytes bytes) override { std::memset(bytes.data(), ++calls, bytes.size()); }
    int calls = 0;
};

std::optional<Bytes> take_message(Bytes& rest)
{
    auto message = next_frame(rest, frames);
    if (!message || !*message)
        return std::nullopt;
    rest = rest.subspan(frame_header_size + (*message)->size());
    return *message;
}

} // namespace

// Found by the linker before the library's, which locks the agent.
bool nacre::bcrypt_pbkdf(Bytes passphrase, Bytes, std::uint32_t, MutableBytes key)
{
    std::ranges::fill(key, std::uint8_t{0});
    std::ranges::copy(passphrase.first(std::min(passphrase.size(), key.size())), key.begin());
    return true;
}

const test::Framing test::framing{0, 0, 4};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    CheapRandom random;
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
