// Both sides of gssapi-with-mic without Kerberos: a made-up mechanism, and peers that break its rules.
#include <gtest/gtest.h>

#include "auth/client_auth.h"
#include "auth/server_auth.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

constexpr std::string_view methods = "gssapi-with-mic,publickey,password";

struct Lonely {
    explicit Lonely(Role role) : random(1), transport(role, TransportSettings{}, random, log, TimePoint{}) {}
    NoLog log;
    test::SeededRandom random;
    Transport transport;
};

template <Message M>
struct Packet {
    explicit Packet(const M& message) : payload(encode(message)) {}
    IncomingMessage view() const { return {M::number, SequenceNumber{3}, payload}; }
    ByteVector payload;
};

ByteVector request_for(std::vector<ByteVector> mechanisms)
{
    auto details = encode(GssapiRequest{{std::move(mechanisms)}});
    return encode(UserauthRequest{"joe", service::connection, method::gssapi_with_mic, Rest{details}});
}

// ---- the server ----------------------------------------------------------------------------

class GssapiServer : public testing::Test {
protected:
    using Step = Result<std::optional<AuthStep>>;

    GssapiServer() { EXPECT_TRUE(give(ServiceRequest{service::userauth})); }
    template <Message M>
    Step give(const M& message)
    {
        Packet packet{message};
        kept_.push_back(std::move(packet.payload));
        return auth.receive({M::number, SequenceNumber{3}, kept_.back()});
    }
    Step give_request(std::vector<ByteVector> mechanisms)
    {
        kept_.push_back(request_for(std::move(mechanisms)));
        auto step = auth.receive({UserauthRequest::number, SequenceNumber{3}, kept_.back()});
        if (is_asked<WhoIs>(step))
            step = auth.answer(Welcome{methods, {}, 3, {}});
        return step;
    }
    // Up to where the client's first token is awaited.
    void begin()
    {
        ASSERT_TRUE(is_asked<StartGssapi>(give_request({to_vector(kerberos_mechanism)})));
        ASSERT_TRUE(auth.answer(GssapiReady{}));
        ASSERT_FALSE(auth.asks());
    }
    void establish()
    {
        begin();
        ASSERT_TRUE(is_asked<StepGssapi>(give(UserauthGssapiToken{as_bytes("token")})));
        ASSERT_TRUE(auth.answer(GssapiToken{GssapiState::established, as_bytes("reply")}));
    }
    template <class Question>
    static bool is_asked(const Step& step)
    {
        auto* question = step && *step ? std::get_if<AuthQuestion>(&**step) : nullptr;
        return question && std::holds_alternative<Question>(*question);
    }
    // Nothing is asked, and the connection goes on.
    static bool passes(const Step& step) { return step && !*step; }

    Lonely lonely{Role::server};
    ServerAuth auth{lonely.transport, lonely.log};

private:
    std::deque<ByteVector> kept_;
};

TEST_F(GssapiServer, AsksStepByStepAndTakesTheVerdict)
{
    establish();
    auto step = give(UserauthGssapiMic{as_bytes("mic")});
    ASSERT_TRUE(is_asked<CheckMic>(step));
    EXPECT_EQ(as_text(std::get<CheckMic>(std::get<AuthQuestion>(**step)).mic), "mic");
    EXPECT_TRUE(passes(auth.answer(Verdict{AuthOutcome::partial, "publickey"})));
    EXPECT_TRUE(passes(give_request({to_vector(kerberos_mechanism)})));   // it cannot continue: refused unasked
}

TEST_F(GssapiServer, RefusesOtherMechanismsUnasked)
{
    auto spnego = ByteVector{0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
    EXPECT_TRUE(passes(give_request({spnego})));
    EXPECT_TRUE(passes(give_request({})));
    auto untagged = to_vector(Bytes{kerberos_mechanism}.subspan(2));
    auto step = give_request({untagged});
    ASSERT_FALSE(step);                                           // the third failure of three
    EXPECT_EQ(step.error().what, "Too many authentication failures");
}

TEST_F(GssapiServer, FindsKerberosAmongOthersButNotAmongTooMany)
{
    EXPECT_TRUE(is_asked<StartGssapi>(give_request({{1, 2}, {}, to_vector(kerberos_mechanism)})));
    ASSERT_TRUE(auth.answer(Verdict{AuthOutcome::failure, methods, true}));
    EXPECT_FALSE(give_request(std::vector<ByteVector>(gssapi_limits::mechanisms + 1)));
}

TEST_F(GssapiServer, OwnFaultsAreNotCountedAgainstTheClient)
{
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(is_asked<StartGssapi>(give_request({to_vector(kerberos_mechanism)})));
        EXPECT_TRUE(passes(auth.answer(Verdict{AuthOutcome::failure, methods, true})));
    }
}

TEST_F(GssapiServer, ATokenOutOfPlaceReachesNobody)
{
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("token")}));
    begin();
    EXPECT_TRUE(passes(give(UserauthGssapiMic{as_bytes("mic")})));   // unimplemented: no context yet
    EXPECT_TRUE(passes(give(UserauthGssapiExchangeComplete{})));
}

TEST_F(GssapiServer, ATokenBehindTheEndIsNotOneMoreStep)
{
    establish();
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("token")}));
}

TEST_F(GssapiServer, AMicIsCheckedOnce)
{
    establish();
    ASSERT_TRUE(is_asked<CheckMic>(give(UserauthGssapiMic{as_bytes("wrong")})));
    EXPECT_TRUE(passes(auth.answer(Verdict{AuthOutcome::failure, methods})));
    EXPECT_TRUE(passes(give(UserauthGssapiMic{as_bytes("right")})));
}

TEST_F(GssapiServer, ANewRequestAbandonsTheExchange)
{
    establish();
    Packet other{UserauthRequest{"joe", service::connection, method::none, {}}};
    ASSERT_TRUE(is_asked<TryNone>(auth.receive(other.view())));
    ASSERT_TRUE(auth.answer(Verdict{AuthOutcome::failure, methods}));
    EXPECT_TRUE(passes(give(UserauthGssapiMic{as_bytes("mic")})));
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("token")}));
}

TEST_F(GssapiServer, WithoutAMicThereIsNoLogin)
{
    establish();
    auto step = give(UserauthGssapiExchangeComplete{});
    ASSERT_TRUE(is_asked<CheckMic>(step));
    EXPECT_TRUE(std::get<CheckMic>(std::get<AuthQuestion>(**step)).mic.empty());
}

TEST_F(GssapiServer, BoundsTokensInLengthAndNumber)
{
    begin();
    EXPECT_TRUE(passes(give(UserauthGssapiToken{ByteVector(gssapi_limits::token + 1)})));
    begin();
    for (unsigned i = 0; i < gssapi_limits::tokens; ++i) {
        ASSERT_TRUE(is_asked<StepGssapi>(give(UserauthGssapiToken{as_bytes("token")})));
        ASSERT_TRUE(auth.answer(GssapiToken{GssapiState::goes_on, as_bytes("more")}));
    }
    EXPECT_TRUE(passes(give(UserauthGssapiToken{as_bytes("token")})));   // refused
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("token")}));
}

TEST_F(GssapiServer, BoundsMics)
{
    establish();
    EXPECT_TRUE(passes(give(UserauthGssapiMic{ByteVector(gssapi_limits::mic + 1)})));
}

TEST_F(GssapiServer, AFailedStepIsARefusalAndAnErrorTokenOfTheClientIsNotAnswered)
{
    begin();
    ASSERT_TRUE(is_asked<StepGssapi>(give(UserauthGssapiToken{as_bytes("hostile")})));
    EXPECT_TRUE(passes(auth.answer(GssapiToken{GssapiState::failed, as_bytes("error")})));
    begin();
    EXPECT_TRUE(passes(give(UserauthGssapiErrtok{as_bytes("error")})));
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("token")}));
}

TEST_F(GssapiServer, CutMessagesAreErrors)
{
    begin();
    ByteVector cut{UserauthGssapiToken::number.value, 0, 0, 0, 9, 1};
    EXPECT_FALSE(auth.receive({UserauthGssapiToken::number, SequenceNumber{3}, cut}));
}

// ---- the client ----------------------------------------------------------------------------

class GssapiClient : public testing::Test {
protected:
    using Step = Result<std::optional<ClientAuthEvent>>;

    static ClientAuthSettings settings(bool has_ticket)
    {
        ClientAuthSettings made{};
        made.user = "joe";
        made.preferred_methods = "gssapi-with-mic,password";
        made.has_ticket = has_ticket;
        return made;
    }
    template <Message M>
    Step give(const M& message)
    {
        kept_.push_back(encode(message));
        return auth.receive({M::number, SequenceNumber{3}, kept_.back()});
    }
    template <class Event>
    static const Event* asked(const Step& step)
    {
        return step && *step ? std::get_if<Event>(&**step) : nullptr;
    }
    static bool passes(const Step& step) { return step && !*step; }
    void begin()
    {
        ASSERT_TRUE(auth.start());
        ASSERT_TRUE(asked<GssapiTokenNeeded>(give(UserauthFailure{methods, false})));
    }
    void request()
    {
        begin();
        ASSERT_TRUE(passes(auth.answer_gssapi_token({GssapiStep::State::goes_on, to_vector(as_bytes("first"))})));
    }
    void exchange()
    {
        request();
        ASSERT_TRUE(passes(give(UserauthGssapiResponse{kerberos_mechanism})));
    }

    Lonely lonely{Role::client};
    ClientAuth auth{lonely.transport, settings(true), lonely.log};

private:
    std::deque<ByteVector> kept_;
};

TEST_F(GssapiClient, ProvesThatTheContextBelongsToThisSession)
{
    exchange();
    auto token = give(UserauthGssapiToken{as_bytes("reply")});
    ASSERT_TRUE(asked<GssapiTokenNeeded>(token));
    EXPECT_EQ(as_text(asked<GssapiTokenNeeded>(token)->received), "reply");
    auto proof = auth.answer_gssapi_token({GssapiStep::State::established, {}});
    ASSERT_TRUE(asked<GssapiMicNeeded>(proof));
    // RFC 4462 §3.5, without keys yet: an empty session identifier.
    EXPECT_EQ(as_text(asked<GssapiMicNeeded>(proof)->data),
        std::string_view("\0\0\0\0\x32\0\0\0\x03joe\0\0\0\x0essh-connection\0\0\0\x0fgssapi-with-mic", 49));
    EXPECT_TRUE(passes(auth.answer_gssapi_mic(to_vector(as_bytes("mic")))));
}

TEST_F(GssapiClient, PassesOverTheMethodWithoutAFirstToken)
{
    begin();
    EXPECT_TRUE(asked<PasswordNeeded>(auth.answer_gssapi_token({})));
    EXPECT_TRUE(auth.attempts().empty());
}

TEST_F(GssapiClient, WithoutATicketIsNotAsked)
{
    ClientAuth other{lonely.transport, settings(false), lonely.log};
    ASSERT_TRUE(other.start());
    Packet failure{UserauthFailure{methods, false}};
    EXPECT_TRUE(asked<PasswordNeeded>(other.receive(failure.view())));
}

TEST_F(GssapiClient, TriesItOnce)
{
    exchange();
    EXPECT_TRUE(asked<PasswordNeeded>(give(UserauthFailure{methods, false})));
    ASSERT_EQ(auth.attempts().size(), 1u);
    EXPECT_EQ(auth.attempts()[0].method, method::gssapi_with_mic);
}

TEST_F(GssapiClient, GoesOnWhenItsMechanismDislikesTheServer)
{
    exchange();
    ASSERT_TRUE(asked<GssapiTokenNeeded>(give(UserauthGssapiToken{as_bytes("forged")})));
    EXPECT_TRUE(
        asked<PasswordNeeded>(auth.answer_gssapi_token({GssapiStep::State::failed, to_vector(as_bytes("error"))})));
    EXPECT_EQ(auth.attempts().size(), 1u);
}

TEST_F(GssapiClient, GoesOnWhereNoMicCanBeMade)
{
    exchange();
    ASSERT_TRUE(asked<GssapiTokenNeeded>(give(UserauthGssapiToken{as_bytes("reply")})));
    ASSERT_TRUE(asked<GssapiMicNeeded>(auth.answer_gssapi_token({GssapiStep::State::established, {}})));
    EXPECT_TRUE(asked<PasswordNeeded>(auth.answer_gssapi_mic(std::nullopt)));
}

TEST_F(GssapiClient, HearsTheServersErrorTokenAndThenItsRefusal)
{
    exchange();
    EXPECT_TRUE(passes(give(UserauthGssapiError{1, 2, "clock skew", "en"})));
    auto error = give(UserauthGssapiErrtok{as_bytes("error")});
    ASSERT_TRUE(asked<GssapiTokenNeeded>(error));
    EXPECT_TRUE(asked<GssapiTokenNeeded>(error)->is_error);
    EXPECT_TRUE(passes(auth.answer_gssapi_token({GssapiStep::State::goes_on, to_vector(as_bytes("ignored"))})));
    EXPECT_TRUE(asked<PasswordNeeded>(give(UserauthFailure{methods, false})));
}

TEST_F(GssapiClient, TakesNoMechanismThatItDidNotOffer)
{
    request();
    EXPECT_FALSE(give(UserauthGssapiResponse{as_bytes("\x06\x01\x01")}));
}

TEST_F(GssapiClient, TakesNoTokenBeforeTheServerHasChosenAndNoneBehindTheLast)
{
    request();
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("early")}));
}

TEST_F(GssapiClient, TakesNoTokenBehindTheLast)
{
    exchange();
    ASSERT_TRUE(asked<GssapiTokenNeeded>(give(UserauthGssapiToken{as_bytes("reply")})));
    ASSERT_TRUE(asked<GssapiMicNeeded>(auth.answer_gssapi_token({GssapiStep::State::established, {}})));
    ASSERT_TRUE(passes(auth.answer_gssapi_mic(to_vector(as_bytes("mic")))));
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("late")}));
}

TEST_F(GssapiClient, EndsAnExchangeThatDoesNotEnd)
{
    exchange();
    for (unsigned i = 0; i < gssapi_limits::tokens; ++i) {
        ASSERT_TRUE(asked<GssapiTokenNeeded>(give(UserauthGssapiToken{as_bytes("more")})));
        ASSERT_TRUE(passes(auth.answer_gssapi_token({GssapiStep::State::goes_on, to_vector(as_bytes("more"))})));
    }
    EXPECT_FALSE(give(UserauthGssapiToken{as_bytes("more")}));
}

TEST_F(GssapiClient, AChoiceIsMadeOnce)
{
    exchange();
    EXPECT_FALSE(give(UserauthGssapiResponse{kerberos_mechanism}));
}

TEST(GssapiClaim, DiffersWithTheSessionAndTheUser)
{
    GssapiClaim claim{.session_id = as_bytes("one"), .user = "joe", .service = service::connection};
    auto here = encode(claim);
    claim.session_id = as_bytes("two");
    EXPECT_NE(encode(claim), here);
    claim.session_id = as_bytes("one");
    claim.user = "joe2";
    EXPECT_NE(encode(claim), here);
}

} // namespace
} // namespace nacre
