#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <type_traits>

#include "crypto/random.h"
#include "session/client_answers.h"
#include "session/server_answers.h"
#include "transport/carry.h"

namespace nacre {
namespace {

Signer new_key() { return signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value()); }

// A client and a server in memory, until nothing moves any more.
struct Login {
    bool client_in = false, server_in = false;
    std::string user, method, failure;
    std::optional<PublicKey> key;

    Login(const ClientAnswers& visitor, const ServerAnswers& host)
    {
        SystemRandom random;
        NoLog log;
        ClientSession client{client_transport(visitor), random, log, TimePoint{}};
        ServerSession server{server_transport(host), random, log, TimePoint{}};
        ServerAnswerer answerer{host};
        client.log_in_as(login_settings(visitor));
        for (std::size_t moved = 1; moved > 0 && failure.empty();) {
            note(drain(client, visitor, Overloaded{[&](const LoggedIn&) { client_in = true; }, [](const auto&) {}}));
            note(drain(server, answerer, Overloaded{[&](const Authenticated&) { server_in = true; }, [](const auto&) {}}));
            moved = carry(client.transport(), server.transport());
            moved += carry(server.transport(), client.transport());
        }
        user = answerer.user();
        method = answerer.method();
        key = answerer.key();
    }

    void note(const Result<void>& outcome)
    {
        if (!outcome && failure.empty())
            failure = outcome.error().what;
    }
    bool both_in() const { return client_in && server_in; }
    bool nobody_in() const { return !client_in && !server_in; }
};

SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(text); }

class Answers : public testing::Test {
protected:
    Signer host_key_ = new_key();
    Signer users_key_ = new_key();
    ServerAnswers host_{.host_keys = {host_key_}};
    ClientAnswers visitor_{.user = "joe",
                           .host = {.accepts = [this](const PublicKey& key) { return key == host_key_.key; }}};
};

TEST_F(Answers, AnEmptyTableLetsNobodyIn)
{
    visitor_.keys = {users_key_};
    visitor_.password = [](unsigned attempt) -> std::optional<SecretBytes> {
        return attempt < 2 ? std::optional{secret("")} : std::nullopt;
    };
    EXPECT_TRUE(Login(visitor_, host_).nobody_in());
}

TEST_F(Answers, NobodyNeedsAProofWhereNoneIsAskedFor)
{
    host_.nothing = [](std::string_view user) { return user == "joe"; };
    Login login{visitor_, host_};
    EXPECT_TRUE(login.both_in());
    EXPECT_EQ(login.method, "none");
    visitor_.user = "jane";
    EXPECT_TRUE(Login(visitor_, host_).nobody_in());
}

TEST_F(Answers, AHostThatIsNotAcceptedHearsNothingOfTheUser)
{
    host_.nothing = [](std::string_view) { return true; };
    for (auto& accepts : {std::function<bool(const PublicKey&)>{}, std::function<bool(const PublicKey&)>{[](auto&) { return false; }}}) {
        visitor_.host.accepts = accepts;
        Login login{visitor_, host_};
        EXPECT_TRUE(login.nobody_in());
        EXPECT_TRUE(login.user.empty());
        EXPECT_FALSE(login.failure.empty());
    }
}

TEST_F(Answers, AKeyOpensItsUsersDoor)
{
    host_.key = [this](std::string_view user, const PublicKey& key) { return user == "joe" && key == users_key_.key; };
    visitor_.keys = {new_key(), users_key_};
    Login login{visitor_, host_};
    EXPECT_TRUE(login.both_in());
    EXPECT_EQ(login.user, "joe");
    EXPECT_EQ(login.key, users_key_.key);
    EXPECT_EQ(login.method, "publickey");
    visitor_.keys = {new_key()};
    EXPECT_TRUE(Login(visitor_, host_).nobody_in());
}

TEST_F(Answers, AServerOffersWhatItHasKeysFor)
{
    host_.nothing = [](std::string_view) { return true; };
    visitor_.host.algorithms = "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256,ssh-ed25519";
    EXPECT_EQ(server_transport(host_).proposal.host_key_algorithms, "ssh-ed25519");
    EXPECT_TRUE(Login(visitor_, host_).both_in());
}

TEST_F(Answers, AnAllowedKeyWithSomebodyElsesSignatureDoesNot)
{
    host_.key = [this](std::string_view, const PublicKey& key) { return key == users_key_.key; };
    auto forged = users_key_;
    forged.sign = new_key().sign;
    visitor_.keys = {forged};
    Login login{visitor_, host_};
    EXPECT_TRUE(login.nobody_in());
    EXPECT_FALSE(login.key);
    EXPECT_EQ(login.method, "");
}

TEST_F(Answers, PasswordsAreAskedForUntilOneIsRight)
{
    host_.password = [](std::string_view user, std::string_view password) { return user == "joe" && password == "right"; };
    std::map<unsigned, std::string> typed{{0, "wrong"}, {1, "right"}};
    visitor_.password = [&](unsigned attempt) -> std::optional<SecretBytes> { return secret(typed[attempt]); };
    Login login{visitor_, host_};
    EXPECT_TRUE(login.both_in());
    EXPECT_EQ(login.method, "password");
    typed[1] = "still wrong";
    EXPECT_TRUE(Login(visitor_, host_).nobody_in());
}

TEST_F(Answers, QuestionsAreAskedAndTheirAnswersJudged)
{
    host_.questions = [](std::string_view) { return std::vector<Prompt>{{"One? ", true}, {"Two? ", false}}; };
    host_.replies = [](std::string_view, auto replies) { return replies[0] == "1" && replies[1] == "2"; };
    std::string second = "2";
    visitor_.prompts = [&](const PromptsNeeded& asked) {
        EXPECT_EQ(asked.prompts.size(), 2u);
        std::vector<SecretBytes> answers;
        answers.push_back(secret("1"));
        answers.push_back(secret(second));
        return std::optional{std::move(answers)};
    };
    Login login{visitor_, host_};
    EXPECT_TRUE(login.both_in());
    EXPECT_EQ(login.method, "keyboard-interactive");
    second = "3";
    EXPECT_TRUE(Login(visitor_, host_).nobody_in());
}

TEST_F(Answers, APasswordAnswersOneQuestionWithoutEcho)
{
    bool echo = false;
    host_.questions = [&](std::string_view) { return std::vector<Prompt>{{"Password: ", echo}}; };
    host_.replies = [](std::string_view, auto replies) { return replies[0] == "right"; };
    visitor_.password = [](unsigned) -> std::optional<SecretBytes> { return secret("right"); };
    EXPECT_TRUE(Login(visitor_, host_).both_in());
    echo = true;
    EXPECT_TRUE(Login(visitor_, host_).nobody_in());
}

TEST_F(Answers, AFailingHostKeyEndsTheConnection)
{
    host_.nothing = [](std::string_view) { return true; };
    host_.host_keys[0].sign = [](std::string_view, Bytes) -> Result<ByteVector> { return system_failure("the token is gone"); };
    Login login{visitor_, host_};
    EXPECT_TRUE(login.nobody_in());
    EXPECT_EQ(login.failure, "the token is gone");
}

// It keeps a reference to them.
static_assert(!std::is_constructible_v<ServerAnswerer, ServerAnswers>);
static_assert(std::is_constructible_v<ServerAnswerer, const ServerAnswers&>);

TEST(ClientSessionDeathTest, AnAnswerBeforeTheLoginIsNamed)
{
    ClientAnswers visitor;
    SystemRandom random;
    NoLog log;
    ClientSession client{client_transport(visitor), random, log, TimePoint{}};
    EXPECT_DEATH(client.answer_password({}), "broken contract");
}

TEST(Carry, MovesNoMoreThanItMay)
{
    ClientAnswers visitor;
    ServerAnswers host;
    SystemRandom random;
    NoLog log;
    ClientSession client{client_transport(visitor), random, log, TimePoint{}};
    ServerSession server{server_transport(host), random, log, TimePoint{}};
    auto all = client.transport().to_transmit().size();
    ASSERT_GT(all, 3u);
    EXPECT_EQ(carry(client.transport(), server.transport(), 3), 3u);
    EXPECT_EQ(carry(client.transport(), server.transport()), all - 3);
}

} // namespace
} // namespace nacre
