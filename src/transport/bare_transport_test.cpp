#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.h"
#include "messages/connection.h"
#include "messages/transport.h"
#include "support/seeded_random.h"
#include "transport/transport.h"

namespace nacre {
namespace {

struct Bare {
    NoLog log;
    test::SeededRandom random{1};
    Transport transport{Transport::Bare{}, Role::client, random, log, TimePoint{}};

    void receive(Bytes bytes)
    {
        auto space = transport.receive_space();
        std::ranges::copy(bytes, space.begin());
        transport.received(bytes.size());
    }
};

TEST(BareTransport, SendsWholeMessagesWithoutPadding)
{
    Bare bare;
    bare.transport.send(ChannelEof{7});
    EXPECT_EQ(to_hex(bare.transport.to_transmit()), "00000006" "00" "6000000007");
}

TEST(BareTransport, MakesNoPacketThatOpenSshWouldRefuseAsTooSmall)
{
    Bare bare;
    bare.transport.send(RequestFailure{});
    auto sent = to_hex(bare.transport.to_transmit());
    EXPECT_EQ(sent.substr(0, 12), "00000005" "03" "52");
    EXPECT_EQ(sent.size(), 2 * 9u);
}

TEST(BareTransport, CarriesNothingButTheConnectionLayer)
{
    Bare bare;
    bare.transport.disconnect(Error{ErrorKind::system, "bye", DisconnectReason::by_application, 0});
    EXPECT_TRUE(bare.transport.to_transmit().empty());
    EXPECT_EQ(bare.transport.agreed(), nullptr);

    Bare other;
    other.receive(*from_hex("00000006" "00" "0200000000"));       // IGNORE
    other.receive(*from_hex("00000006" "00" "6000000007"));
    auto event = other.transport.next();
    ASSERT_TRUE(event && *event);
    EXPECT_EQ(std::get<IncomingMessage>(**event).number, ChannelEof::number);
}

TEST(BareTransport, NeverChangesKeys)
{
    Bare bare;
    bare.transport.time_passed(TimePoint{} + std::chrono::hours{100});
    bare.transport.rekey();
    EXPECT_TRUE(bare.transport.to_transmit().empty());
    EXPECT_EQ(bare.transport.deadline(), std::nullopt);
}

TEST(BareTransport, RefusesPacketsThatCannotBe)
{
    for (auto text : {"0000000000", "0000000100", "000000050512345678", "7fffffff00"}) {
        Bare bare;
        bare.receive(*from_hex(text));
        EXPECT_FALSE(bare.transport.next()) << text;
    }
}

} // namespace
} // namespace nacre
