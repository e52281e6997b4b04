#include "connection/socks.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using Next = SocksStep::Next;

ByteVector bytes(std::initializer_list<int> values)
{
    ByteVector result;
    for (int value : values)
        result.push_back(static_cast<std::uint8_t>(value));
    return result;
}

ByteVector with_text(std::initializer_list<int> head, std::string_view text)
{
    auto result = bytes(head);
    result.insert(result.end(), text.begin(), text.end());
    return result;
}

// Feeds one byte at a time; the last step, and whether it came with the last byte.
SocksStep feed_slowly(SocksNegotiation& socks, const ByteVector& input)
{
    SocksStep step;
    ByteVector waiting;
    for (std::size_t i = 0; i < input.size(); ++i) {
        EXPECT_EQ(step.next, Next::wait) << "decided before byte " << i;
        waiting.push_back(input[i]);
        step = socks.advance(waiting);
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(step.used));
    }
    return step;
}

TEST(Socks, UnderstandsVersion4)
{
    SocksNegotiation socks;
    auto step = feed_slowly(socks, bytes({4, 1, 0, 80, 192, 0, 2, 7, 'm', 'e', 0}));
    EXPECT_EQ(step.next, Next::connect);
    EXPECT_EQ(step.used, 11U);
    EXPECT_EQ(socks.host(), "192.0.2.7");
    EXPECT_EQ(socks.port(), 80);
    EXPECT_EQ(socks.granted(), bytes({0, 90, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(socks.refused(SocksRefusal::refused), bytes({0, 91, 0, 0, 0, 0, 0, 0}));
}

TEST(Socks, UnderstandsNamesOfVersion4a)
{
    SocksNegotiation socks;
    auto step = feed_slowly(socks, with_text({4, 1, 1, 187, 0, 0, 0, 1, 0}, std::string_view{"www.example.org\0", 16}));
    EXPECT_EQ(step.next, Next::connect);
    EXPECT_EQ(socks.host(), "www.example.org");
    EXPECT_EQ(socks.port(), 443);
}

TEST(Socks, UnderstandsEachAddressOfVersion5)
{
    struct Case {
        ByteVector request;
        std::string host;
    };
    const Case cases[] = {
        {bytes({5, 1, 0, 1, 127, 0, 0, 1, 0, 22}), "127.0.0.1"},
        {with_text({5, 1, 0, 3, 11}, std::string_view{"example.org\0\x16", 13}), "example.org"},
        {bytes({5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 22}), "2001:db8:0:0:0:0:0:1"},
    };
    for (auto& wanted : cases) {
        SocksNegotiation socks;
        auto greeted = feed_slowly(socks, bytes({5, 2, 2, 0}));
        EXPECT_EQ(greeted.next, Next::wait);
        EXPECT_EQ(greeted.reply, bytes({5, 0}));
        auto step = feed_slowly(socks, wanted.request);
        EXPECT_EQ(step.next, Next::connect);
        EXPECT_EQ(socks.host(), wanted.host);
        EXPECT_EQ(socks.port(), 22);
        EXPECT_EQ(socks.granted(), bytes({5, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
    }
}

TEST(Socks, LeavesWhatFollowsTheRequest)
{
    SocksNegotiation socks;
    auto both = bytes({5, 1, 0, 5, 1, 0, 1, 10, 0, 0, 1, 0, 25, 'E', 'H', 'L', 'O'});
    auto greeted = socks.advance(both);
    ASSERT_EQ(greeted.used, 3U);
    auto step = socks.advance(Bytes{both}.subspan(greeted.used));
    EXPECT_EQ(step.next, Next::connect);
    EXPECT_EQ(step.used, 10U);
}

TEST(Socks, SaysWhyItRefuses)
{
    struct Case {
        ByteVector input;
        ByteVector reply;
    };
    const Case cases[] = {
        {bytes({'G', 'E', 'T', ' '}), {}},
        {bytes({5, 1, 2}), bytes({5, 0xff})},                                            // insists on a password
        {bytes({4, 2, 0, 80, 1, 2, 3, 4, 0}), bytes({0, 91, 0, 0, 0, 0, 0, 0})},          // BIND
        {bytes({4, 1, 0, 80, 0, 0, 0, 1, 0, 0}), bytes({0, 91, 0, 0, 0, 0, 0, 0})},       // an empty name
        {bytes({4, 1, 0, 80, 0, 0, 0, 1, 0, 'a', '\n', 0}), bytes({0, 91, 0, 0, 0, 0, 0, 0})},
    };
    for (auto& wrong : cases) {
        SocksNegotiation socks;
        auto step = socks.advance(wrong.input);
        EXPECT_EQ(step.next, Next::hang_up);
        EXPECT_EQ(step.reply, wrong.reply);
        EXPECT_FALSE(step.why.empty());
        EXPECT_EQ(socks.advance(wrong.input).next, Next::hang_up);
    }
    SocksNegotiation udp;
    (void)udp.advance(bytes({5, 1, 0}));
    EXPECT_EQ(udp.advance(bytes({5, 3, 0, 1, 1, 2, 3, 4, 0, 1})).reply[1], 7);
    SocksNegotiation strange;
    (void)strange.advance(bytes({5, 1, 0}));
    EXPECT_EQ(strange.advance(bytes({5, 1, 0, 9, 1})).reply[1], 8);
}

TEST(Socks, NeverWaitsForMoreThanItsLongestMessage)
{
    for (int version : {4, 5}) {
        SocksNegotiation socks;
        ByteVector input(SocksNegotiation::longest_message, 'x');
        input[0] = static_cast<std::uint8_t>(version);
        input[1] = 1;
        input[4] = input[5] = input[6] = 0;
        auto step = socks.advance(input);
        EXPECT_TRUE(step.next != Next::wait || step.used > 0);
    }
}

} // namespace
} // namespace nacre
