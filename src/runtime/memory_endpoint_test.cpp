#include "runtime/memory_endpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "support/counting_host.h"

namespace nacre {
namespace {

class MemoryEndpointTest : public testing::Test {
protected:
    MemoryEndpointTest() { endpoint_.attached(host_, ChannelId{0}); }
    std::string collect(std::size_t at_most)
    {
        ByteVector space(at_most);
        auto given = endpoint_.collect(Stream::data, space);
        finished_ = given.finished;
        return std::string{as_text(Bytes{space}.first(given.bytes))};
    }

    EventLoop loop_ = EventLoop::create().value();
    test::CountingHost host_;
    MemoryEndpoint endpoint_{loop_};
    bool finished_ = false;
};

TEST_F(MemoryEndpointTest, WhatComesBeforeTheStartWaitsWithoutCredit)
{
    endpoint_.deliver(Stream::data, as_bytes("early"));
    endpoint_.peer_finished();
    EXPECT_EQ(host_.credit, 0u);
    std::string heard;
    endpoint_.on_data = [&](Stream, Bytes data) { heard += as_text(data); };
    endpoint_.on_end = [&] { heard += "."; };
    endpoint_.start();
    EXPECT_EQ(heard, "early.");
    EXPECT_EQ(host_.credit, 5u);
}

TEST_F(MemoryEndpointTest, APeerThatDoesNotReadGetsNoCredit)
{
    endpoint_.on_data = [&](Stream stream, Bytes data) { endpoint_.write(stream, data); };
    endpoint_.start();
    ByteVector block(MemoryEndpoint::most_unsent);
    endpoint_.deliver(Stream::data, block);
    EXPECT_EQ(host_.credit, block.size());
    endpoint_.deliver(Stream::data, block);
    EXPECT_EQ(host_.credit, block.size());
    while (!collect(64 * 1024).empty()) {}
    loop_.run_once();
    EXPECT_EQ(host_.credit, 2 * block.size());
}

TEST_F(MemoryEndpointTest, WritingCallsNobodyBeforeTheLoopDoes)
{
    endpoint_.write(Stream::data, as_bytes("hello"));
    EXPECT_EQ(host_.calls, 0);
    loop_.run_once();
    EXPECT_EQ(host_.calls, 1);
    EXPECT_EQ(collect(3), "hel");
    EXPECT_EQ(collect(3), "lo");
    EXPECT_FALSE(finished_);
}

TEST_F(MemoryEndpointTest, TheEndIsToldOnceWhenAllIsSent)
{
    int told = 0;
    endpoint_.on_sent = [&] { ++told; };
    endpoint_.write(Stream::data, as_bytes("last"));
    endpoint_.finish();
    loop_.run_once();
    EXPECT_EQ(told, 0);
    EXPECT_EQ(collect(100), "last");
    EXPECT_TRUE(finished_);
    loop_.run_once();
    loop_.poll();
    EXPECT_EQ(told, 1);
    endpoint_.write(Stream::data, as_bytes("too late"));
    EXPECT_EQ(endpoint_.unsent(), 0u);
}

TEST_F(MemoryEndpointTest, TheEndIsGivenAlsoWhereNothingElseWaits)
{
    auto before = host_.calls;
    endpoint_.finish();
    loop_.poll();
    EXPECT_GT(host_.calls, before);
    EXPECT_EQ(collect(100), "");
    EXPECT_TRUE(finished_);
}

TEST_F(MemoryEndpointTest, ASilencedOneCallsNobody)
{
    endpoint_.on_data = [](Stream, Bytes) { FAIL(); };
    endpoint_.on_sent = [] { FAIL(); };
    endpoint_.start();
    endpoint_.finish();
    endpoint_.silence();
    endpoint_.deliver(Stream::data, as_bytes("x"));
    loop_.poll();
    EXPECT_EQ(host_.calls, 0);
}

TEST_F(MemoryEndpointTest, WhatComesWhileInputIsHeldWaitsWithoutCredit)
{
    std::string heard;
    endpoint_.on_data = [&](Stream, Bytes data) {
        heard += as_text(data);
        endpoint_.hold_input(true);
    };
    endpoint_.on_end = [&] { heard += "."; };
    endpoint_.start();
    endpoint_.deliver(Stream::data, as_bytes("one"));
    endpoint_.deliver(Stream::data, as_bytes(" two"));
    endpoint_.write(Stream::data, as_bytes("?"));
    loop_.run_once();
    EXPECT_EQ(collect(100), "?");
    EXPECT_EQ(heard, "one");
    EXPECT_EQ(host_.credit, 0u);
    EXPECT_FALSE(endpoint_.delivered_all());
    EXPECT_FALSE(loop_.run_once()) << "there is nothing to do";

    endpoint_.hold_input(false);
    endpoint_.deliver(Stream::data, as_bytes(" three"));          // stays behind what came before
    endpoint_.peer_finished();
    EXPECT_EQ(heard, "one");
    loop_.run_once();
    EXPECT_EQ(heard, "one two three");
    EXPECT_EQ(host_.credit, 0u);
    endpoint_.hold_input(false);
    loop_.run_once();
    EXPECT_EQ(heard, "one two three.");
    EXPECT_EQ(host_.credit, heard.size() - 1);
}

TEST_F(MemoryEndpointTest, AFunctionLivesUntilItReturnsAlthoughItHasSetAnother)
{
    std::string heard;
    auto kept = std::make_shared<std::string>("first ");
    endpoint_.on_data = [&, kept = std::move(kept)](Stream, Bytes data) {
        std::weak_ptr watched{kept};
        endpoint_.on_data = [&](Stream, Bytes later) {
            heard += as_text(later);
            endpoint_.on_data = nullptr;
        };
        ASSERT_FALSE(watched.expired());
        heard += *kept;
        heard += as_text(data);
    };
    endpoint_.start();
    for (auto piece : {"one", ", two", ", three"})
        endpoint_.deliver(Stream::data, as_bytes(std::string_view{piece}));
    EXPECT_EQ(heard, "first one, two");
}

TEST_F(MemoryEndpointTest, AFunctionThatSetsNoOtherIsCalledAgain)
{
    int calls = 0;
    endpoint_.on_data = [&calls, own = 0](Stream, Bytes) mutable { calls = ++own; };
    endpoint_.start();
    endpoint_.deliver(Stream::data, as_bytes("x"));
    endpoint_.deliver(Stream::data, as_bytes("y"));
    EXPECT_EQ(calls, 2);
}

} // namespace
} // namespace nacre
