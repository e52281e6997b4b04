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
    EXPECT_TRUE(breaks(ChannelClose{0}));
    EXPECT_TRUE(breaks(ChannelWindowAdjust{0, 1}));
    EXPECT_TRUE(breaks(ChannelRequest{0, "exec", true, {}}));
    EXPECT_TRUE(breaks(ChannelSuccess{0}));
    EXPECT_TRUE(breaks(ChannelOpenConfirmation{0, 0, 1, 1, {}}));
    EXPECT_TRUE(breaks(RequestSuccess{}));
}

TEST(Channels, DataBeyondTheWindowEndsTheConnection)
{
    PairOptions options;
    options.server_limits = {.window = 10, .largest_packet = 100};
    Pair pair{1, options};
    pair.run_until_idle();
    pair.open_session();
    pair.client.transport().send(ChannelData{0, as_bytes("12345678901")});
    pair.run_until_idle();
    ASSERT_TRUE(pair.server_error);
    EXPECT_NE(pair.server_error->what.find("window"), std::string::npos);
}

TEST(Channels, DataAfterItsEndEndsTheConnection)
{
    Pair pair{1};
    pair.run_until_idle();
    pair.open_session();
    pair.client.transport().send(ChannelEof{0});
    pair.client.transport().send(ChannelData{0, as_bytes("x")});
    pair.run_until_idle();
    EXPECT_TRUE(pair.server_error);
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
