// A peer that breaks the rules: each breach ends the connection, in the place the rule is kept.
#include <gtest/gtest.h>

#include "messages/auth.h"
#include "messages/connection.h"
#include "pair.h"

namespace nacre::test {
namespace {

// A server that has not seen its client, and raw packets in clear to feed it.
struct LoneServer {
    LoneServer()
        : random(1), transport(Role::server, settings(), random, log, TimePoint{})
    {
    }
    static TransportSettings settings()
    {
        TransportSettings made;
        made.host_keys = {to_vector(PrivateKey::generate(KeyKind::ed25519, 0)->public_key().blob())};
        return made;
    }
    Result<std::optional<TransportEvent>> give(Bytes bytes)
    {
        auto space = transport.receive_space();
        std::copy(bytes.begin(), bytes.end(), space.begin());
        transport.received(bytes.size());
        return transport.next();
    }
    template <Message M>
    Result<std::optional<TransportEvent>> give(const M& message)
    {
        PacketWriter writer{random};
        writer.send(message);
        return give(writer.to_transmit());
    }
    Result<std::optional<TransportEvent>> give_kex_init(bool strict)
    {
        auto proposal = Proposal::defaults();
        if (!strict)
            return give_raw(make_kex_init(proposal, Role::client, FirstKex::no, GuessFollows::no, random));
        return give_raw(make_kex_init(proposal, Role::client, FirstKex::yes, GuessFollows::no, random));
    }
    Result<std::optional<TransportEvent>> give_raw(Bytes payload)
    {
        PacketWriter writer{random};
        writer.send(payload);
        return give(writer.to_transmit());
    }
    NoLog log;
    SeededRandom random;
    Transport transport;
};

TEST(StrictKex, NothingMayComeBeforeKexInit)
{
    LoneServer server;
    ASSERT_TRUE(server.give(as_bytes("SSH-2.0-x\r\n")));
    ASSERT_TRUE(server.give(Ignore{}));
    auto outcome = server.give_kex_init(true);
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().what.find("strict"), std::string::npos);
}

TEST(StrictKex, NothingMayComeInsideTheFirstExchange)
{
    LoneServer server;
    ASSERT_TRUE(server.give(as_bytes("SSH-2.0-x\r\n")));
    ASSERT_TRUE(server.give_kex_init(true));
    EXPECT_FALSE(server.give(Ignore{}));
}

TEST(PlainKex, HarmlessMessagesAreAllowed)
{
    LoneServer server;
    ASSERT_TRUE(server.give(as_bytes("SSH-2.0-x\r\n")));
    ASSERT_TRUE(server.give(Ignore{}));
    ASSERT_TRUE(server.give_kex_init(false));
    EXPECT_TRUE(server.give(Ignore{}));
}

TEST(Order, NothingOfTheUpperLayersBeforeKeys)
{
    for (int i = 0; i < 3; ++i) {
        LoneServer server;
        ASSERT_TRUE(server.give(as_bytes("SSH-2.0-x\r\n")));
        auto outcome = i == 0   ? server.give(ServiceRequest{"ssh-userauth"})
                       : i == 1 ? server.give(UserauthSuccess{})
                                : server.give(ChannelOpen{"session", 0, 1, 1, {}});
        EXPECT_FALSE(outcome) << i;
    }
}

TEST(Order, NewKeysBeforeTheExchangeIsRefused)
{
    LoneServer server;
    ASSERT_TRUE(server.give(as_bytes("SSH-2.0-x\r\n")));
    EXPECT_FALSE(server.give(NewKeys{}));
}

TEST(Order, ASecondKexInitIsRefused)
{
    LoneServer server;
    ASSERT_TRUE(server.give(as_bytes("SSH-2.0-x\r\n")));
    ASSERT_TRUE(server.give_kex_init(false));
    EXPECT_FALSE(server.give_kex_init(false));
}

TEST(Order, AServerThatClaimsSuccessIsNotBelieved)
{
    Pair pair{1};
    // The client has asked for nothing yet when keys are new; a success at any other time needs a request of ours.
    pair.run_until_idle();
    ASSERT_TRUE(pair.logged_in());
    pair.server.transport().send(UserauthSuccess{});
    pair.run_until_idle();
    EXPECT_FALSE(pair.client_error) << "a second success is ignored after the login";
}

TEST(Channels, MessagesForChannelsThatAreNotOpenEndTheConnection)
{
    auto breaks = [](auto message) {
        Pair pair{1};
        pair.run_until_idle();
        pair.client.transport().send(message);
        pair.run_until_idle();
        return pair.server_error.has_value();
    };
    EXPECT_TRUE(breaks(ChannelData{5, as_bytes("x")}));
    EXPECT_TRUE(breaks(ChannelEof{0}));
    EXPECT_TRUE(breaks(ChannelClose{0}));
    EXPECT_TRUE(breaks(ChannelOpenConfirmation{0, 0, 1, 1, {}}));
    EXPECT_TRUE(breaks(ChannelOpenFailure{0, OpenFailure::connect_failed, {}, {}}));
}

// From either side; and the connection serves on.
TEST(Channels, WhatNobodyWaitsForIsPassedOver)
{
    auto goes_on = [](auto message) {
        Pair pair{1};
        pair.run_until_idle();
        auto channel = pair.open_session();                       // one that knows of no question
        pair.client.transport().send(message);
        pair.server.transport().send(message);
        pair.run_until_idle();
        auto another = pair.open_session();
        auto& connection = pair.client.connection();
        return !pair.server_error && !pair.client_error && connection.is_open(channel) && connection.is_open(another);
    };
    EXPECT_TRUE(goes_on(RequestSuccess{}));
    EXPECT_TRUE(goes_on(RequestFailure{}));
    for (std::uint32_t number : {0U, 5U}) {                       // open, and one that there never was
        EXPECT_TRUE(goes_on(ChannelSuccess{number})) << number;
        EXPECT_TRUE(goes_on(ChannelFailure{number})) << number;
        EXPECT_TRUE(goes_on(ChannelWindowAdjust{number, 1})) << number;
    }
    EXPECT_TRUE(goes_on(ChannelRequest{5, "exec", true, {}}));
}

TEST(Channels, WhatComesLateForAChannelThatHasClosedIsPassedOver)
{
    Pair pair{1};
    pair.run_until_idle();
    auto channel = pair.open_session();
    pair.client.connection().close(channel);
    pair.run_until_idle();
    ASSERT_FALSE(pair.client.connection().exists(channel));
    pair.client.transport().send(ChannelWindowAdjust{0, 1000});
    pair.client.transport().send(ChannelRequest{0, "signal", false, {}});
    pair.server.transport().send(ChannelWindowAdjust{channel.value, 1000});
    pair.server.transport().send(ChannelRequest{channel.value, "exit-status", false, {}});
    pair.server.transport().send(ChannelSuccess{channel.value});
    pair.run_until_idle();
    EXPECT_TRUE(pair.requests_at_server.empty());
    EXPECT_FALSE(pair.server_error) << pair.server_error->what;
    EXPECT_FALSE(pair.client_error) << pair.client_error->what;
}

TEST(Channels, DataBeyondTheWindowEndsTheConnection)
{
    auto sends = [](std::size_t bytes) {
        PairOptions options;
        options.server_limits = {.window = 1000, .largest_packet = 2000};
        Pair pair{1, options};
        pair.run_until_idle();
        pair.open_session();
        pair.client.transport().send(ChannelData{0, pattern(bytes)});
        pair.run_until_idle();
        return pair.server_error;
    };
    EXPECT_FALSE(sends(1050)) << "a little beyond it may come, as with OpenSSH";
    auto error = sends(1200);
    ASSERT_TRUE(error);
    EXPECT_NE(error->what.find("window"), std::string::npos);
}

TEST(Channels, DataAfterItsEndIsDropped)
{
    Pair pair{1};
    pair.run_until_idle();
    auto channel = pair.open_session();
    pair.client.transport().send(ChannelEof{0});
    pair.client.transport().send(ChannelData{0, as_bytes("x")});
    pair.run_until_idle();
    EXPECT_FALSE(pair.server_error) << pair.server_error->what;
    EXPECT_TRUE(pair.at_server[0].data.empty());
    EXPECT_TRUE(pair.client.connection().is_open(channel));
}

// However the peer's EOF and our CLOSE cross; but not more than the window.
TEST(Channels, DataForAChannelThatIsClosingIsDroppedAndCounted)
{
    auto sends = [](int pieces) {
        PairOptions options;
        options.server_limits = {.window = 1000, .largest_packet = 2000};
        Pair pair{1, options};
        pair.run_until_idle();
        pair.open_session();
        pair.server.connection().close(ChannelId{0});
        pair.client.transport().send(ChannelEof{0});
        for (int i = 0; i < pieces; ++i)
            pair.client.transport().send(ChannelData{0, pattern(500)});
        pair.run_until_idle();
        EXPECT_TRUE(pair.at_server[0].data.empty());
        return pair.server_error.has_value();
    };
    EXPECT_FALSE(sends(2));
    EXPECT_TRUE(sends(3));
}

TEST(Packets, OneFlippedBitAnywhereEndsTheConnection)
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Pair pair{seed};
        pair.run_until_idle();
        auto channel = pair.open_session();
        ASSERT_EQ(pair.client.connection().write(channel, Stream::data, pattern(300)), 300u);
        auto bytes = to_vector(pair.client.transport().to_transmit());
        bytes[pair.random.below(bytes.size())] ^= static_cast<std::uint8_t>(1 << pair.random.below(8));
        auto space = pair.server.transport().receive_space();
        std::copy(bytes.begin(), bytes.end(), space.begin());
        pair.server.transport().received(bytes.size());
        bool delivered = false;
        for (;;) {
            auto event = pair.server.next();
            if (!event || !*event)
                break;                                            // refused, or waiting for a length that never comes
            delivered = delivered || std::holds_alternative<DataArrived>(**event);
        }
        EXPECT_FALSE(delivered) << "seed " << seed;
    }
}

} // namespace
} // namespace nacre::test
