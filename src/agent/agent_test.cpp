// Both ends of the agent protocol in memory: what the server promises, asked for through the client's half.
#include <gtest/gtest.h>

#include <map>

#include "agent/agent_client.h"
#include "agent/agent_server.h"
#include "keys/certificate.h"
#include "support/seeded_random.h"

namespace nacre::agent {
namespace {

constexpr auto second = std::chrono::seconds{1};

const PrivateKey& key(KeyKind kind, int number = 0)
{
    static std::map<std::pair<KeyKind, int>, PrivateKey> keys;
    auto found = keys.find({kind, number});
    if (found == keys.end())
        found = keys.emplace(std::pair{kind, number}, PrivateKey::generate(kind, 2048).value()).first;
    return found->second;
}
const PrivateKey& user_key() { return key(KeyKind::ed25519); }

struct AgentTest : testing::Test {
    test::SeededRandom random{1};
    NoLog log;
    KeyStore store{random};
    AgentServer server{store, {}, log};
    TimePoint now{std::chrono::hours{1}};
    Bindings local;

    Outcome ask(const Buffer& framed, Bindings& from, Consent consent = Consent::not_asked)
    {
        auto message = next_frame(framed.data(), frames);
        EXPECT_TRUE(message && *message);
        return server.handle(**message, from, now, consent);
    }
    ByteVector answer(const Buffer& framed, Bindings& from)
    {
        auto outcome = ask(framed, from);
        return std::holds_alternative<Answer>(outcome) ? std::get<Answer>(outcome).message : ByteVector{};
    }
    bool succeeds(const Buffer& framed) { return succeeds(framed, local); }
    bool succeeds(const Buffer& framed, Bindings& from) { return read_success(answer(framed, from)).has_value(); }
    std::vector<Identity> list(Bindings& from) { return read_identities(answer(framed(RequestIdentities{}), from)).value(); }
    std::vector<Identity> list() { return list(local); }
    Result<ByteVector> sign(const PrivateKey& with, Bytes data, std::uint32_t flags, Bindings& from)
    {
        return read_signature(answer(framed(SignRequest{with.public_key().blob(), data, flags}), from));
    }
    Result<ByteVector> sign(const PrivateKey& with, Bytes data) { return sign(with, data, 0, local); }
};

TEST_F(AgentTest, HoldsAndListsKeysInTheOrderTheyCame)
{
    EXPECT_TRUE(list().empty());
    for (auto kind : {KeyKind::rsa, KeyKind::ed25519, KeyKind::ecdsa_nistp384})
        EXPECT_TRUE(succeeds(add_request(key(kind), "key of mine", {})));
    EXPECT_TRUE(succeeds(add_request(key(KeyKind::rsa), "renamed", {})));
    auto listed = list();
    ASSERT_EQ(listed.size(), 3u);
    EXPECT_EQ(listed[0].comment, "renamed");
    EXPECT_TRUE(same_bytes(listed[1].key, key(KeyKind::ed25519).public_key().blob()));
}

TEST_F(AgentTest, SignsWithEachKindOfKeyAndTheHashThatIsAskedFor)
{
    auto data = as_bytes("data");
    for (auto kind : {KeyKind::ed25519, KeyKind::ecdsa_nistp256, KeyKind::ecdsa_nistp521}) {
        ASSERT_TRUE(succeeds(add_request(key(kind), "", {})));
        auto& public_key = key(kind).public_key();
        EXPECT_TRUE(public_key.verify(public_key.type().name, data, sign(key(kind), data).value(), no_token_demands));
    }
    auto& rsa = key(KeyKind::rsa);
    ASSERT_TRUE(succeeds(add_request(rsa, "", {})));
    for (auto algorithm : {"rsa-sha2-256", "rsa-sha2-512"}) {
        auto signature = sign(rsa, data, flags_for(algorithm), local);
        EXPECT_TRUE(rsa.public_key().verify(algorithm, data, signature.value(), no_token_demands)) << algorithm;
    }
}

// RFC 9987: whoever asks for another signature than we know does not get a weaker one.
TEST_F(AgentTest, RefusesFlagsItDoesNotKnow)
{
    for (auto kind : {KeyKind::rsa, KeyKind::ed25519}) {
        ASSERT_TRUE(succeeds(add_request(key(kind), "", {})));
        for (std::uint32_t flags : {1u, 8u, 10u, 0x80000000u})
            EXPECT_FALSE(sign(key(kind), as_bytes("data"), flags, local)) << flags;
        EXPECT_TRUE(sign(key(kind), as_bytes("data"), known_sign_flags, local));
    }
}

TEST_F(AgentTest, RefusesToSignWithAKeyItDoesNotHave)
{
    EXPECT_EQ(sign(user_key(), as_bytes("x")).error().kind, ErrorKind::not_permitted);
}

TEST_F(AgentTest, RemovesOneKeyOrAll)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {})));
    ASSERT_TRUE(succeeds(add_request(key(KeyKind::rsa), "", {})));
    EXPECT_TRUE(succeeds(framed(RemoveIdentity{user_key().public_key().blob()})));
    EXPECT_FALSE(succeeds(framed(RemoveIdentity{user_key().public_key().blob()})));
    EXPECT_EQ(list().size(), 1u);
    EXPECT_TRUE(succeeds(framed(RemoveAllIdentities{})));
    EXPECT_TRUE(list().empty());
}

TEST_F(AgentTest, ForgetsAKeyWhenItsTimeIsOver)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {.lifetime = Seconds{10}})));
    now += 9 * second;
    EXPECT_EQ(list().size(), 1u);
    EXPECT_EQ(store.next_change(), now + second);
    now += second;
    EXPECT_FALSE(sign(user_key(), as_bytes("x")));
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(store.next_change(), std::nullopt);
}

TEST_F(AgentTest, AddingAgainRenewsOrEndsTheLifetime)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {.lifetime = Seconds{10}})));
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {})));
    now += 100 * second;
    EXPECT_EQ(list().size(), 1u);
}

TEST_F(AgentTest, GivesKeysWithoutALifetimeTheDefaultOne)
{
    AgentServer limited{store, {.default_lifetime = Seconds{5}}, log};
    auto request = add_request(user_key(), "", {});
    (void)limited.handle((*next_frame(request.data(), frames)).value(), local, now);
    now += 5 * second;
    EXPECT_TRUE(list().empty());
}

TEST_F(AgentTest, EncryptsKeysThatAreNotUsed)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {})));
    EXPECT_FALSE(store.keys()[0].secret->is_open());
    ASSERT_TRUE(sign(user_key(), as_bytes("x")));
    EXPECT_TRUE(store.keys()[0].secret->is_open());
    ASSERT_TRUE(store.next_change());
    now = *store.next_change();
    store.tidy(now);
    EXPECT_FALSE(store.keys()[0].secret->is_open());
    EXPECT_TRUE(sign(user_key(), as_bytes("x")));
}

TEST_F(AgentTest, LockedItShowsNothingAndDoesNothing)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {})));
    EXPECT_FALSE(succeeds(framed(Unlock{{"never locked"}})));
    ASSERT_TRUE(succeeds(framed(Lock{{"secret"}})));
    EXPECT_FALSE(succeeds(framed(Lock{{"secret"}})));
    EXPECT_TRUE(list().empty());
    EXPECT_FALSE(sign(user_key(), as_bytes("x")));
    EXPECT_FALSE(succeeds(framed(RemoveAllIdentities{})));
    EXPECT_FALSE(succeeds(add_request(key(KeyKind::rsa), "", {})));
    EXPECT_TRUE(succeeds(framed(Unlock{{"secret"}})));
    EXPECT_EQ(list().size(), 1u);
}

TEST_F(AgentTest, LocksWithNoEmptyPassphrase)
{
    EXPECT_FALSE(succeeds(framed(Lock{{""}})));
    ASSERT_TRUE(succeeds(framed(Lock{{"secret"}})));
    EXPECT_FALSE(succeeds(framed(Unlock{{""}})));
    now = store.next_attempt();
    EXPECT_TRUE(succeeds(framed(Unlock{{"secret"}})));
}

TEST_F(AgentTest, EachWrongPassphraseMakesTheNextAttemptWaitLonger)
{
    ASSERT_TRUE(succeeds(framed(Lock{{"secret"}})));
    Duration last{0};
    for (int attempt = 0; attempt < 5; ++attempt) {
        EXPECT_FALSE(succeeds(framed(Unlock{{"wrong"}})));
        Bindings somebody_else;
        auto outcome = ask(framed(Unlock{{"secret"}}), somebody_else);
        ASSERT_TRUE(std::holds_alternative<Later>(outcome));
        auto wait = std::get<Later>(outcome).when - now;
        EXPECT_GT(wait, last);
        last = wait;
        now = std::get<Later>(outcome).when;
    }
    EXPECT_TRUE(succeeds(framed(Unlock{{"secret"}})));
}

TEST_F(AgentTest, AsksAPersonWhereAKeyWantsIt)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "my key", {.confirm = true})));
    auto request = framed(SignRequest{user_key().public_key().blob(), as_bytes("x"), 0});
    auto outcome = ask(request, local);
    ASSERT_TRUE(std::holds_alternative<ConfirmationNeeded>(outcome));
    EXPECT_EQ(std::get<ConfirmationNeeded>(outcome).comment, "my key");
    auto agreed = ask(request, local, Consent::given);
    EXPECT_TRUE(read_signature(std::get<Answer>(agreed).message));
    EXPECT_FALSE(read_signature(refusal()));
}

TEST_F(AgentTest, RefusesConstraintsItDoesNotKnow)
{
    for (auto extra : {std::string{"\x03\0\0\0\x01", 5}, std::string{"\xff\0\0\0\x05hello\0\0\0\0", 14}, std::string{"\x01\0\0", 3},
                       std::string{"\x01\0\0\0\x05\x01\0\0\0\x05", 10}}) {
        Buffer message;
        Writer out{message};
        out.u8(AddIdConstrained::number.value);
        write_offered_key(out, user_key(), "");
        out.raw(as_bytes(extra));
        auto outcome = server.handle(message.data(), local, now);
        EXPECT_FALSE(read_success(std::get<Answer>(outcome).message)) << to_hex(as_bytes(extra));
        EXPECT_TRUE(list().empty());
    }
}

TEST_F(AgentTest, NamesItsExtensions)
{
    auto names = read_extensions(answer(framed(Extension{query_extension, {}}), local));
    ASSERT_TRUE(names);
    EXPECT_EQ(*names, std::vector<std::string>{"session-bind@openssh.com"});
    EXPECT_FALSE(succeeds(framed(Extension{"hello@example.org", {}})));
}

TEST_F(AgentTest, AnswersWhateverItIsSent)
{
    ASSERT_TRUE(succeeds(add_request(user_key(), "", {})));
    auto good = add_request(key(KeyKind::ecdsa_nistp256), "comment", {.lifetime = Seconds{1}});
    auto message = (*next_frame(good.data(), frames)).value();
    auto without_constraints = message.size() - 5;
    for (std::size_t length = 0; length < message.size(); ++length) {
        if (length == without_constraints)
            continue;
        auto outcome = server.handle(message.first(length), local, now);
        ASSERT_TRUE(std::holds_alternative<Answer>(outcome)) << length;
        EXPECT_FALSE(read_success(std::get<Answer>(outcome).message)) << length;
    }
    for (int number = 0; number < 256; ++number) {
        ByteVector short_one{static_cast<std::uint8_t>(number), 0, 0, 0, 9};
        (void)server.handle(short_one, local, now);
    }
}

TEST(AgentMessages, FindsWholeMessagesOnly)
{
    auto request = framed(RequestIdentities{});
    EXPECT_EQ((*next_frame(request.data(), frames)).value().size(), 1u);
    EXPECT_FALSE((*next_frame(request.data().first(4), frames)).has_value());
    EXPECT_FALSE((*next_frame(request.data().first(2), frames)).has_value());
    EXPECT_FALSE(next_frame(ByteVector{0, 0, 0, 0}, frames));
    EXPECT_FALSE(next_frame(ByteVector{0, 4, 0, 1}, frames));
}

TEST(AgentMessages, ConstraintsSurviveTheWire)
{
    Constraints constraints{.lifetime = Seconds{90}, .confirm = true, .destinations = {}};
    Destination destination;
    destination.to = {"git*", "host.example.org", {{user_key().public_key(), false}, {key(KeyKind::rsa).public_key(), true}}};
    constraints.destinations.push_back(destination);
    ByteVector bytes;
    Writer out{bytes};
    write_constraints(out, constraints);
    Reader in{bytes};
    auto read = read_constraints(in);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->lifetime, Seconds{90});
    EXPECT_TRUE(read->confirm);
    ASSERT_EQ(read->destinations.size(), 1u);
    EXPECT_TRUE(read->destinations[0].from.is_origin());
    EXPECT_EQ(read->destinations[0].to.user, "git*");
    EXPECT_TRUE(read->destinations[0].to.is_held_by(user_key().public_key()));
    EXPECT_FALSE(read->destinations[0].to.is_held_by(key(KeyKind::rsa).public_key()));
}

TEST(HopEnd, HostCertificatesAreHeldByTheirAuthorityForTheHostsTheyName)
{
    test::SeededRandom random{2};
    auto& authority = key(KeyKind::ed25519, 'A');
    auto certificate = [&](CertificateRole role, std::vector<std::string> names) {
        CertificateTerms terms;
        terms.role = role;
        terms.principals = std::move(names);
        return issue_certificate(key(KeyKind::ed25519, 'h').public_key(), terms, authority.public_key(), "ssh-ed25519", random,
                                 [&](std::string_view algorithm, Bytes data) { return authority.sign(algorithm, data); })
            .value();
    };
    auto host = certificate(CertificateRole::host, {"git.example.org", "*.example.net"});
    auto end = [&](std::string name, const PublicKey& listed, bool is_authority) {
        return HopEnd{{}, std::move(name), {{listed, is_authority}}};
    };
    for (auto* name : {"git.example.org", "any.example.net"})
        EXPECT_TRUE(end(name, authority.public_key(), true).is_held_by(host)) << name;
    EXPECT_FALSE(end("other.example.org", authority.public_key(), true).is_held_by(host));
    EXPECT_FALSE(end("git.example.org", authority.public_key(), false).is_held_by(host));
    EXPECT_FALSE(end("git.example.org", key(KeyKind::ed25519, 'B').public_key(), true).is_held_by(host));
    EXPECT_FALSE(end("git.example.org", key(KeyKind::ed25519, 'h').public_key(), false).is_held_by(host));
    EXPECT_FALSE(end("git.example.org", authority.public_key(), true).is_held_by(authority.public_key()));
    EXPECT_FALSE(end("git.example.org", authority.public_key(), true).is_held_by(certificate(CertificateRole::host, {})));
    EXPECT_FALSE(end("git.example.org", authority.public_key(), true)
                     .is_held_by(certificate(CertificateRole::user, {"git.example.org"})));
}

// ---- destinations ------------------------------------------------------------------------

struct DestinationTest : AgentTest {
    // Hosts a, b, c by their keys.
    const PrivateKey& host(char name) { return key(KeyKind::ed25519, name); }
    HopEnd end(char name, std::string user = {})
    {
        return {std::move(user), std::string{name}, {{host(name).public_key(), false}}};
    }
    Buffer add(std::vector<Destination> destinations)
    {
        return add_request(user_key(), "", {.destinations = std::move(destinations)});
    }
    bool bind(Bindings& to, char name, bool forwarding)
    {
        auto session = session_of(name);
        auto signature = host(name).sign("ssh-ed25519", session).value();
        return succeeds(bind_request({host(name).public_key().blob(), session, signature, forwarding}), to);
    }
    ByteVector session_of(char name) { return ByteVector(32, static_cast<std::uint8_t>(name)); }
    bool logs_in(Bindings& from, char name, std::string_view user, bool hostbound = true)
    {
        ByteVector claim;
        Writer out{claim};
        out.string(session_of(name)).u8(50).string(user).string("ssh-connection");
        out.string(std::string_view{hostbound ? "publickey-hostbound-v00@openssh.com" : "publickey"});
        out.boolean(true).string("ssh-ed25519").string(user_key().public_key().blob());
        if (hostbound)
            out.string(host(name).public_key().blob());
        return sign(user_key(), claim, 0, from).has_value();
    }
};

TEST_F(DestinationTest, SignsForThatHostOnly)
{
    ASSERT_TRUE(succeeds(add({{{}, end('a', "joe")}})));
    EXPECT_EQ(list().size(), 1u);
    EXPECT_FALSE(logs_in(local, 'a', "joe")) << "nothing was bound";
    Bindings to_a, to_b;
    ASSERT_TRUE(bind(to_a, 'a', false));
    ASSERT_TRUE(bind(to_b, 'b', false));
    EXPECT_EQ(list(to_a).size(), 1u);
    EXPECT_TRUE(list(to_b).empty());
    EXPECT_TRUE(logs_in(to_a, 'a', "joe"));
    EXPECT_TRUE(logs_in(to_a, 'a', "joe", false));
    EXPECT_FALSE(logs_in(to_a, 'a', "root"));
    EXPECT_FALSE(logs_in(to_a, 'b', "joe")) << "another session than was bound";
    EXPECT_FALSE(logs_in(to_b, 'b', "joe"));
    EXPECT_FALSE(sign(user_key(), as_bytes("anything"), 0, to_a));
}

// Who forwards an agent to us may be in the wrong hands, and hold a key whose certificate has expired.
TEST_F(DestinationTest, AHostCertificateCountsWhileItIsValid)
{
    auto& authority = key(KeyKind::ed25519, 'A');
    auto certificate = [&](bool critical) {
        CertificateTerms terms;
        terms.role = CertificateRole::host;
        terms.principals = {"a"};
        terms.valid_after = 1000;
        terms.valid_before = 2000;
        if (critical)
            terms.critical_options.push_back({"unheard-of", {}});
        return issue_certificate(host('a').public_key(), terms, authority.public_key(), "ssh-ed25519", random,
                                 [&](std::string_view algorithm, Bytes data) { return authority.sign(algorithm, data); })
            .value();
    };
    ASSERT_TRUE(succeeds(add({{{}, {"", "a", {{authority.public_key(), true}}}}})));
    auto sees = [&](std::uint64_t time, bool critical = false) {
        Bindings to_a;
        to_a.set_time(time);
        auto session = session_of('a');
        auto signature = host('a').sign("ssh-ed25519", session).value();
        EXPECT_TRUE(succeeds(bind_request({certificate(critical).blob(), session, signature, false}), to_a)) << "a hop all the same";
        to_a.set_time(1500);                                      // what counts is the time of the login
        return list(to_a).size() == 1;
    };
    EXPECT_TRUE(sees(1000));
    EXPECT_TRUE(sees(1999));
    EXPECT_FALSE(sees(999));
    EXPECT_FALSE(sees(2000));
    EXPECT_FALSE(sees(0));
    EXPECT_FALSE(sees(1500, true));
}

TEST_F(DestinationTest, FollowsEveryHop)
{
    ASSERT_TRUE(succeeds(add({{{}, end('a')}, {end('a'), end('b')}})));
    Bindings through_a;
    ASSERT_TRUE(bind(through_a, 'a', true));
    EXPECT_EQ(list(through_a).size(), 1u);
    EXPECT_FALSE(logs_in(through_a, 'a', "joe")) << "the hop that only forwards";
    ASSERT_TRUE(bind(through_a, 'b', false));
    EXPECT_TRUE(logs_in(through_a, 'b', "joe"));
    EXPECT_FALSE(logs_in(through_a, 'b', "joe", false)) << "unproven beyond the first hop";
    Bindings to_c;
    ASSERT_TRUE(bind(to_c, 'a', true));
    ASSERT_TRUE(bind(to_c, 'c', false));
    EXPECT_TRUE(list(to_c).empty());
    EXPECT_FALSE(logs_in(to_c, 'c', "joe"));
}

TEST_F(DestinationTest, IsNotShownWhereItLeadsNowhere)
{
    ASSERT_TRUE(succeeds(add({{{}, end('a')}})));
    Bindings forwarded;
    ASSERT_TRUE(bind(forwarded, 'a', true));
    EXPECT_TRUE(list(forwarded).empty());
    EXPECT_FALSE(succeeds(framed(RemoveIdentity{user_key().public_key().blob()}), forwarded));
    EXPECT_FALSE(succeeds(add_request(user_key(), "", {}), forwarded)) << "would lift the constraint";
}

TEST_F(DestinationTest, AFailedBindingIsNoLocalClient)
{
    ASSERT_TRUE(succeeds(add({{{}, end('a')}})));
    for (bool whole : {false, true}) {
        Bindings strange;
        auto session = session_of('a');
        ByteVector broken = whole ? host('b').sign("ssh-ed25519", session).value() : ByteVector{};
        auto refused = answer(bind_request({host('a').public_key().blob(), session, broken, false}), strange);
        EXPECT_EQ(refused, encode(ExtensionFailure{})) << "not as one that is unknown";
        EXPECT_TRUE(list(strange).empty());
    }
    Bindings malformed;
    EXPECT_FALSE(succeeds(framed(Extension{SessionBind::name, {as_bytes("xx")}}), malformed));
    EXPECT_TRUE(list(malformed).empty());
}

TEST_F(DestinationTest, BindsWhileLocked)
{
    ASSERT_TRUE(succeeds(add({{{}, end('a')}})));
    ASSERT_TRUE(succeeds(framed(Lock{{"secret"}})));
    Bindings to_b;
    EXPECT_TRUE(bind(to_b, 'b', false));
    ASSERT_TRUE(succeeds(framed(Unlock{{"secret"}})));
    EXPECT_TRUE(list(to_b).empty());
}

TEST_F(DestinationTest, NothingIsBoundBehindALoginOrWithoutLimit)
{
    Bindings once;
    ASSERT_TRUE(bind(once, 'a', false));
    EXPECT_FALSE(bind(once, 'b', false));
    Bindings often;
    for (char name = 'a'; name < 'a' + static_cast<char>(Bindings::most_sessions); ++name)
        EXPECT_TRUE(bind(often, name, true));
    EXPECT_TRUE(bind(often, 'a', true)) << "known already";
    EXPECT_FALSE(bind(often, 'z', true));
}

TEST_F(DestinationTest, RefusesConstraintsThatMakeNoSense)
{
    EXPECT_FALSE(succeeds(add({{{}, {}}})));
    EXPECT_FALSE(succeeds(add({{{}, {"", "host without keys", {}}}})));
    EXPECT_FALSE(succeeds(add({{end('a', "user"), end('b')}})));
    EXPECT_TRUE(list().empty());
}

} // namespace
} // namespace nacre::agent
