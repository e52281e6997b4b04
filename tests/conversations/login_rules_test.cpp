// A client that asks what ours never would, and the server's rules for a login (RFC 4252, RFC 4256).
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/methods.h"
#include "keys/private_key.h"
#include "messages/auth.h"
#include "session/server_answers.h"
#include "session/server_session.h"
#include "support/seeded_random.h"

namespace nacre::test {
namespace {

constexpr std::string_view user = "someone";

ServerAnswers password_or_question()
{
    ServerAnswers answers;
    answers.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())};
    answers.password = [](auto, std::string_view password) { return password == "secret"; };
    answers.questions = [](auto) { return std::vector{Prompt{"One word: ", false}}; };
    answers.replies = [](auto, auto replies) { return replies.front() == "secret"; };
    answers.most_failures = 3;
    return answers;
}

// Requests go out as the test says; the numbers of the server's answers are kept.
class RawLogin {
public:
    explicit RawLogin(ServerAnswers answers = password_or_question())
        : answers_(std::move(answers)), server_(server_transport(answers_), server_random_, log_, TimePoint{}),
          client_(Role::client, TransportSettings{}, client_random_, log_, TimePoint{})
    {
        exchange();
        client_.send(ServiceRequest{service::userauth});
        exchange();
        heard.clear();
    }

    template <Message M>
    void send(const M& message)
    {
        client_.send(message);
        exchange();
    }
    void request(std::string_view method, Bytes details = {}, std::string_view by = user)
    {
        send(UserauthRequest{by, service::connection, method, Rest{details}});
    }
    void password(std::string_view text)
    {
        ByteVector details;
        Writer{details}.boolean(false).string(text);
        request(method::password, details);
    }

    std::vector<unsigned> heard;
    std::optional<Error> error;                                   // that ended the connection, at the server

private:
    static bool move(Transport& from, Transport& to)
    {
        auto waiting = from.to_transmit();
        auto space = to.receive_space();
        auto count = std::min(waiting.size(), space.size());
        std::copy_n(waiting.begin(), count, space.begin());
        to.received(count);
        from.transmitted(count);
        return count > 0;
    }
    void drain_client()
    {
        for (auto event = client_.next(); event && *event; event = client_.next()) {
            if (std::holds_alternative<HostKeyQuestion>(**event))
                client_.answer(HostKeyVerdict::accept);
            if (auto* message = std::get_if<IncomingMessage>(&**event))
                heard.push_back(message->number.value);
        }
    }
    void drain_server()
    {
        if (error)
            return;
        if (auto done = drain(server_, answerer_, [](const auto&) { return Result<void>{}; }); !done)
            error = done.error();
    }
    void exchange()
    {
        for (bool moved = true; moved;) {
            moved = move(client_, server_.transport());
            drain_server();
            moved = move(server_.transport(), client_) || moved;
            drain_client();
        }
    }

    NoLog log_;
    SeededRandom client_random_{1}, server_random_{2};
    ServerAnswers answers_;
    ServerAnswerer answerer_{answers_};
    ServerSession server_;
    Transport client_;
};

using Numbers = std::vector<unsigned>;
constexpr unsigned failure = UserauthFailure::number.value, success = UserauthSuccess::number.value;

// RFC 4256 §3.4: "the server MUST send an SSH_MSG_USERAUTH_FAILURE message".
TEST(ServerAuth, AWrongNumberOfAnswersIsAFailureAndNotTheEnd)
{
    ByteVector no_preference;
    Writer{no_preference}.string(std::string_view{}).string(std::string_view{});
    for (std::size_t count : {0u, 2u}) {
        RawLogin login;
        login.request(method::keyboard_interactive, no_preference);
        UserauthInfoResponse response;
        response.answers.items.assign(count, SecretText{"secret"});
        login.send(response);
        EXPECT_EQ(login.heard, (Numbers{UserauthInfoRequest::number.value, failure})) << count;
        login.password("secret");
        EXPECT_EQ(login.heard.back(), success) << count;
        EXPECT_FALSE(login.error) << login.error->what;
    }
}

TEST(ServerAuth, WrongNumbersOfAnswersAreCounted)
{
    ByteVector no_preference;
    Writer{no_preference}.string(std::string_view{}).string(std::string_view{});
    RawLogin login;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(login.error) << i;
        login.request(method::keyboard_interactive, no_preference);
        login.send(UserauthInfoResponse{});
    }
    ASSERT_TRUE(login.error);
    EXPECT_EQ(login.error->what, "Too many authentication failures");
}

TEST(ServerAuth, ToAskWhatIsPossibleIsFreeOnceAndAtTheBeginning)
{
    RawLogin login;
    for (int i = 0; i < 7; ++i)
        login.request(method::none);
    ASSERT_TRUE(login.error);
    EXPECT_EQ(login.error->what, "Too many authentication failures");
    EXPECT_EQ(login.heard, (Numbers{failure, failure, failure}));

    RawLogin other;
    other.password("wrong");
    other.request(method::none);
    other.request(method::none);
    ASSERT_TRUE(other.error);
    EXPECT_EQ(other.heard, (Numbers{failure, failure}));
}

// Nor is a name that is empty one that has not been given yet.
TEST(ServerAuth, TheFirstRequestSaysForGoodWhoItIs)
{
    for (auto first : {std::string_view{}, user}) {
        ServerAnswers answers;
        answers.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())};
        answers.nothing = [](auto name) { return name == "another"; };
        RawLogin login{std::move(answers)};
        login.request(method::none, {}, first);
        EXPECT_FALSE(login.error) << login.error->what;
        login.request(method::none, {}, "another");
        ASSERT_TRUE(login.error) << first;
        EXPECT_EQ(login.error->what, "Change of username or service not allowed");
    }
}

} // namespace
} // namespace nacre::test
