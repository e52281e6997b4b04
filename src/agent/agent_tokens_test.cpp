// Keys in tokens, in the agent: what a helper is asked for, and what is refused before it is asked.
#include <gtest/gtest.h>

#include "agent/agent_client.h"
#include "agent/agent_server.h"
#include "agent/token_messages.h"
#include "base/text.h"
#include "support/seeded_random.h"
#include "support/soft_token.h"

namespace nacre::agent {
namespace {

using test::SoftToken;

constexpr auto second = std::chrono::seconds{1};

struct Rules final : ProviderRules {
    Result<std::string> admit(std::string_view provider) const override
    {
        if (provider != "/lib/good.so" && provider != "internal")
            return not_permitted("not this one");
        return std::string{provider};
    }
};

struct AgentTokensTest : testing::Test {
    test::SeededRandom random{1};
    NoLog log;
    KeyStore store{random};
    Rules rules;
    AgentServer server{store, {.providers = &rules}, log};
    TimePoint now{std::chrono::hours{1}};
    Bindings local;

    Outcome ask(const Buffer& framed, Bindings& from, std::optional<Bytes> from_token = std::nullopt)
    {
        auto message = next_frame(framed.data(), frames);
        EXPECT_TRUE(message && *message);
        return server.handle(**message, from, now, Consent::not_asked, from_token);
    }
    Outcome ask(const Buffer& framed, std::optional<Bytes> from_token = std::nullopt)
    {
        return ask(framed, local, from_token);
    }
    static bool succeeded(const Outcome& outcome)
    {
        auto* answer = std::get_if<Answer>(&outcome);
        return answer && read_success(answer->message).has_value();
    }
    bool add(const SoftToken& token, std::string provider, std::uint8_t flags = sk_user_present)
    {
        Constraints constraints;
        constraints.sk_provider = std::move(provider);
        return succeeded(ask(add_request(token.private_key(flags), "mine", constraints)));
    }
};

Buffer sign_request(const PublicKey& key, Bytes data) { return framed(SignRequest{key.blob(), data, 0}); }

ByteVector signed_message_for(std::string_view purpose)
{
    ByteVector bytes;
    Writer{bytes}.raw(as_bytes("SSHSIG")).string(purpose).string(std::string_view{}).string(std::string_view{"sha512"})
        .string(ByteVector(64, 1));
    return bytes;
}

// A library's keys, as its helper lists them.
ByteVector listed(std::initializer_list<const PublicKey*> keys)
{
    token::Pkcs11Keys answer;
    answer.tokens.items.push_back({"card", true, false});
    for (auto* key : keys)
        answer.keys.items.push_back({key->blob(), "label", 0});
    return encode(answer);
}

} // namespace

TEST_F(AgentTokensTest, AFidoKeyNeedsALibraryThatMayBeLoaded)
{
    SoftToken token{KeyKind::sk_ed25519};
    EXPECT_FALSE(add(token, ""));
    EXPECT_FALSE(add(token, "/lib/bad.so"));
    EXPECT_TRUE(add(token, "/lib/good.so"));
    Constraints constraints;
    constraints.sk_provider = "/lib/good.so";
    auto plain = PrivateKey::generate(KeyKind::ed25519, 0).value();
    EXPECT_FALSE(succeeded(ask(add_request(plain, "", constraints))));
}

TEST_F(AgentTokensTest, ASignatureIsTheTokensAndItsFailureARefusal)
{
    for (auto kind : {KeyKind::sk_ed25519, KeyKind::sk_ecdsa_nistp256}) {
        SoftToken token{kind};
        ASSERT_TRUE(add(token, "/lib/good.so"));
        auto request = sign_request(token.public_key(), as_bytes("data"));
        auto outcome = ask(request);
        auto* needed = std::get_if<TokenNeeded>(&outcome);
        ASSERT_TRUE(needed);
        EXPECT_EQ(needed->provider, "/lib/good.so");
        EXPECT_TRUE(needed->notice.starts_with("Confirm user presence"));
        auto message = with_pin(needed->message, "1234");
        auto asked = decode<token::SkSign>(message.bytes());
        ASSERT_TRUE(asked);
        EXPECT_EQ(asked->pin.text, "1234");
        EXPECT_EQ(as_text(asked->data), "data");
        EXPECT_EQ(as_text(asked->handle), "handle");
        auto made = token.sign(as_bytes("data"));
        auto answered = ask(request, encode(token::Signed{made}));
        EXPECT_EQ(read_signature(std::get<Answer>(answered).message).value(), made);
        auto failed = ask(request, encode(token::Failed{token::Trouble::no_device, "none"}));
        EXPECT_FALSE(read_signature(std::get<Answer>(failed).message));
        auto nonsense = ask(request, as_bytes("nonsense"));
        EXPECT_FALSE(read_signature(std::get<Answer>(nonsense).message));
    }
}

TEST_F(AgentTokensTest, AKeyForWebSitesSignsNothingButSshsOwnMessages)
{
    SoftToken site{KeyKind::sk_ed25519, "example.org"};
    ASSERT_TRUE(add(site, "internal"));
    auto asks = [&](Bytes data) {
        auto outcome = ask(sign_request(site.public_key(), data));
        return std::holds_alternative<TokenNeeded>(outcome);
    };
    EXPECT_FALSE(asks(as_bytes("a challenge of a site")));
    EXPECT_TRUE(asks(signed_message_for("file")));
    EXPECT_FALSE(asks(signed_message_for("")));
    auto more = signed_message_for("file");
    more.push_back(0);
    EXPECT_FALSE(asks(more));
}

TEST_F(AgentTokensTest, AWebSitesKeyIsFreeWhereThatIsAllowed)
{
    SoftToken site{KeyKind::sk_ed25519, "example.org"};
    for (std::string allowed : {"", "example.*"}) {
        KeyStore own{random};
        AgentServer lenient{own, {.providers = &rules, .free_applications = allowed}, log};
        Constraints constraints;
        constraints.sk_provider = "internal";
        auto added = add_request(site.private_key(), "", constraints);
        auto request = sign_request(site.public_key(), as_bytes("anything"));
        (void)lenient.handle(added.data().subspan(frame_header_size), local, now);
        EXPECT_TRUE(std::holds_alternative<TokenNeeded>(lenient.handle(request.data().subspan(frame_header_size), local, now)))
            << allowed;
    }
}

TEST_F(AgentTokensTest, ALibrarysKeysAreLoadedUsedAndRemoved)
{
    auto one = PrivateKey::generate(KeyKind::ed25519, 0).value(), two = PrivateKey::generate(KeyKind::rsa, 2048).value();
    auto request = framed(AddSmartcardKey{"/lib/good.so", {"1234"}});
    auto outcome = ask(request);
    auto* needed = std::get_if<TokenNeeded>(&outcome);
    ASSERT_TRUE(needed);
    EXPECT_EQ(decode<token::Pkcs11Load>(needed->message.bytes())->pin.text, "1234");
    EXPECT_TRUE(decode<token::Pkcs11Load>(needed->message.bytes())->log_in);   // also without a PIN: no keys that never sign
    EXPECT_FALSE(succeeded(ask(request, encode(token::Failed{token::Trouble::pin_needed, "no"}))));
    EXPECT_FALSE(succeeded(ask(request, listed({}))));
    EXPECT_TRUE(succeeded(ask(request, listed({&one.public_key(), &two.public_key()}))));
    ASSERT_EQ(store.keys().size(), 2u);
    auto sign = ask(framed(SignRequest{two.public_key().blob(), as_bytes("data"), rsa_sha2_512_flag}));
    auto* asked = std::get_if<TokenNeeded>(&sign);
    ASSERT_TRUE(asked);
    EXPECT_EQ(decode<token::Pkcs11Sign>(asked->message.bytes())->algorithm, "rsa-sha2-512");
    EXPECT_FALSE(succeeded(ask(framed(RemoveSmartcardKey{"/lib/bad.so", {}}))));
    EXPECT_TRUE(succeeded(ask(framed(RemoveSmartcardKey{"/lib/good.so", {}}))));
    EXPECT_FALSE(succeeded(ask(framed(RemoveSmartcardKey{"/lib/good.so", {}}))));
    EXPECT_TRUE(store.keys().empty());
}

TEST_F(AgentTokensTest, ALibraryIsNeverLoadedForAnotherHost)
{
    Bindings remote;
    (void)remote.bind(SessionBind{});                             // an attempt is enough
    auto outcome = ask(framed(AddSmartcardKey{"/lib/good.so", {"1234"}}), remote);
    EXPECT_TRUE(std::holds_alternative<Answer>(outcome));
    EXPECT_FALSE(succeeded(outcome));
    SoftToken token{KeyKind::sk_ed25519};
    for (std::string provider : {"/lib/good.so", "internal"}) {
        Constraints constraints;
        constraints.sk_provider = provider;
        auto added = ask(add_request(token.private_key(sk_user_present), "mine", constraints), remote);
        EXPECT_EQ(succeeded(added), provider == "internal") << provider;
    }
}

TEST_F(AgentTokensTest, ConstraintsOfALibrarysKeysHold)
{
    auto key = PrivateKey::generate(KeyKind::ed25519, 0).value();
    Constraints constraints;
    constraints.lifetime = Seconds{10};
    ByteVector encoded;
    Writer writer{encoded};
    write_constraints(writer, constraints);
    auto request = framed(AddSmartcardKeyConstrained{"/lib/good.so", {"1234"}, {encoded}});
    ASSERT_TRUE(succeeded(ask(request, listed({&key.public_key()}))));
    now += 11 * second;
    store.tidy(now);
    EXPECT_TRUE(store.keys().empty());
}

TEST(TokenConstraints, ComeBackAsTheyWere)
{
    Constraints constraints;
    constraints.sk_provider = "/lib/good.so";
    ByteVector encoded;
    Writer writer{encoded};
    write_constraints(writer, constraints);
    Reader in{encoded};
    EXPECT_EQ(read_constraints(in)->sk_provider, "/lib/good.so");
    auto twice = encoded;
    twice.insert(twice.end(), encoded.begin(), encoded.end());
    Reader repeated{twice};
    EXPECT_FALSE(read_constraints(repeated));
}

} // namespace nacre::agent
