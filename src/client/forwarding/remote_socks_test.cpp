#include "client/forwarding/remote_socks.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/counting_host.h"

namespace nacre {
namespace {

using namespace std::string_view_literals;

class RemoteSocksTest : public testing::Test {
protected:
    RemoteSocksTest() { socks_.attached(host_, ChannelId{0}); }
    void hear(std::string_view data)
    {
        socks_.deliver(Stream::data, as_bytes(data));
        socks_.flush();
    }
    std::string collect(std::size_t at_most)
    {
        ByteVector space(at_most);
        auto given = socks_.collect(Stream::data, space);
        more_ = given.more;
        return std::string{as_text(Bytes{space}.first(given.bytes))};
    }

    EventLoop loop_ = EventLoop::create().value();
    test::CountingHost host_;
    int decisions_ = 0;
    bool is_over_ = false;
    bool more_ = false;
    RemoteSocks socks_{loop_, {.decided = [this](RemoteSocks&, const SocksStep&) { ++decisions_; },
                               .over = [this] { is_over_ = true; }}};
};

TEST_F(RemoteSocksTest, WhatItSaysWaitsUntilThereIsRoom)
{
    hear("\5\1\0"sv);
    EXPECT_EQ(host_.calls, 1);
    EXPECT_EQ(as_text(socks_.unsaid()), "\5\0"sv);
    EXPECT_EQ(collect(1), "\5"sv);
    EXPECT_TRUE(more_);
    EXPECT_EQ(collect(100), "\0"sv);
    EXPECT_FALSE(more_);
    EXPECT_EQ(decisions_, 0);
    EXPECT_EQ(host_.credit, 3u);
}

TEST_F(RemoteSocksTest, WhatIsUnsaidAtTheDecisionIsThereForWhoGoesOn)
{
    hear("\5\1\0\5\1\0\1\x7f\0\0\1\0\x50 and more"sv);
    EXPECT_EQ(decisions_, 1);
    EXPECT_EQ(socks_.negotiation().port(), 80);
    EXPECT_EQ(as_text(socks_.unsaid()), "\5\0"sv);
    EXPECT_EQ(as_text(socks_.input()), " and more");
}

TEST_F(RemoteSocksTest, IsOverOnceEverythingIsSaid)
{
    hear("\5\1\0\5\1\0\1\x7f\0\0\1\0\x50"sv);
    socks_.hang_up(as_bytes("no"));
    loop_.poll();
    EXPECT_FALSE(is_over_);
    EXPECT_EQ(collect(3), "\5\0n"sv);
    loop_.poll();
    EXPECT_FALSE(is_over_);
    EXPECT_EQ(collect(3), "o");
    EXPECT_FALSE(is_over_) << "from the loop";
    loop_.poll();
    EXPECT_TRUE(is_over_);
}

TEST_F(RemoteSocksTest, IsOverAtOnceWhereNothingIsToBeSaid)
{
    socks_.peer_finished();
    EXPECT_EQ(decisions_, 1);
    socks_.hang_up();
    loop_.poll();
    EXPECT_TRUE(is_over_);
}

} // namespace
} // namespace nacre
