#include "runtime/fd_endpoint.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "os/signals.h"
#include "os/socket.h"
#include "support/in_child.h"

namespace nacre {
namespace {

// A socket as the end of a channel, and whoever is at its other end.
class SocketEndpointTest : public ::testing::Test, protected EndpointHost {
protected:
    SocketEndpointTest()
    {
        ignore_broken_pipes();
        auto pair = make_socket_pair();
        theirs_ = std::move(pair->theirs);
        (void)set_blocking(pair->ours.number(), Blocking::no);
        (void)set_blocking(theirs_.number(), Blocking::no);
        endpoint_ = std::make_unique<FdEndpoint>(loop_, std::move(pair->ours));
        endpoint_->on_over = [this] { ++over_; };
    }

    void ready_to_give(ChannelId) override { ++announced_; }
    void consumed(ChannelId, std::size_t count) override { consumed_ += count; }
    void no_more_wanted(ChannelId) override { ADD_FAILURE() << "a socket's owner closes the channel instead"; }

    std::string arrived()
    {
        std::string text;
        std::array<std::uint8_t, 65536> space;
        for (;;) {
            auto io = read_some(theirs_.number(), space);
            if (!io || io->would_block)
                return text;
            if (io->end)
                return text + "<end>";
            text += as_text(Bytes{space}.first(io->bytes));
        }
    }
    std::string collected()
    {
        std::array<std::uint8_t, 100> space;
        auto given = endpoint_->collect(Stream::data, space);
        return std::string{as_text(Bytes{space}.first(given.bytes))} + (given.finished ? "<end>" : "");
    }

    EventLoop loop_ = EventLoop::create().value();
    Fd theirs_;
    std::unique_ptr<FdEndpoint> endpoint_;
    std::size_t consumed_ = 0;
    int over_ = 0;
    int announced_ = 0;
};

TEST_F(SocketEndpointTest, AnnouncesOnceWhatIsLeftWhereItIs)
{
    endpoint_->attached(*this, {});
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes(std::string(150, 'x'))));
    for (int i = 0; i < 5; ++i)
        loop_.poll();
    EXPECT_EQ(announced_, 1);
    EXPECT_EQ(collected().size(), 100U);
    loop_.poll();
    EXPECT_EQ(announced_, 1) << "it was not emptied yet";
    EXPECT_EQ(collected().size(), 50U);
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes("more")));
    loop_.poll();
    EXPECT_EQ(announced_, 2);
    EXPECT_EQ(collected(), "more");
    theirs_.close();
    loop_.poll();
    EXPECT_EQ(announced_, 3);
    EXPECT_EQ(collected(), "<end>");
}

TEST_F(SocketEndpointTest, EndsEachDirectionByItself)
{
    endpoint_->attached(*this, {});
    endpoint_->deliver(Stream::data, as_bytes("one"));
    endpoint_->deliver(Stream::data, {});
    endpoint_->deliver(Stream::data, as_bytes(" two"));
    endpoint_->flush();
    EXPECT_EQ(consumed_, 7U);
    endpoint_->peer_finished();
    EXPECT_EQ(arrived(), "one two<end>");
    EXPECT_EQ(over_, 0);
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes("three")));
    EXPECT_EQ(collected(), "three");
    theirs_.close();
    EXPECT_EQ(collected(), "<end>");
    EXPECT_EQ(over_, 1);
}

TEST_F(SocketEndpointTest, GivesWhatWasReadBeforeFirst)
{
    endpoint_->begin_with(as_bytes("early "));
    endpoint_->attached(*this, {});
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes("late")));
    EXPECT_EQ(collected(), "early ");
    EXPECT_EQ(collected(), "late");
}

TEST_F(SocketEndpointTest, IsOverWhenTheOtherSideIsGone)
{
    endpoint_->attached(*this, {});
    theirs_.close();
    endpoint_->deliver(Stream::data, as_bytes("to nobody"));
    endpoint_->flush();
    EXPECT_EQ(consumed_, 9U);
    EXPECT_EQ(collected(), "<end>");
    EXPECT_EQ(over_, 1);
}

TEST_F(SocketEndpointTest, HeldOutputIsKeptWithoutCreditAndComesWhenItIsReleased)
{
    endpoint_->attached(*this, {});
    endpoint_->deliver(Stream::data, as_bytes("before "));
    endpoint_->flush();
    endpoint_->hold_output(true);
    endpoint_->deliver(Stream::data, as_bytes("meanwhile "));
    endpoint_->flush();
    endpoint_->peer_finished();
    EXPECT_EQ(arrived(), "before ");
    EXPECT_EQ(consumed_, 7U);
    EXPECT_FALSE(endpoint_->delivered_all());
    endpoint_->hold_output(false);
    EXPECT_EQ(arrived(), "meanwhile <end>");
    EXPECT_EQ(consumed_, 17U);
}

TEST_F(SocketEndpointTest, LeavesItsSourceAloneUntilItMayBeRead)
{
    struct Later final : FdEndpoint::Pace {
        bool may_leave() override { return ++asked, false; }
        void left(std::size_t bytes) override { gone += bytes; }
        int asked = 0;
        std::size_t gone = 0;
    };
    auto pace = std::make_unique<Later>();
    auto& later = *pace;
    endpoint_->pace_source(std::move(pace));
    endpoint_->attached(*this, {});
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes("key")));
    EXPECT_EQ(collected(), "");
    loop_.poll();
    EXPECT_EQ(later.asked, 1);
    EXPECT_EQ(collected(), "");
    endpoint_->release();
    EXPECT_EQ(collected(), "key");
    EXPECT_EQ(collected(), "");
    EXPECT_EQ(later.gone, 3U);
}

TEST_F(SocketEndpointTest, HearsWhatIsTypedWhileNothingMayBeSent)
{
    std::string heard;
    auto filter = [&](MutableBytes space, std::size_t count) {
        heard += as_text(space.first(count));
        return count;
    };
    endpoint_->filter_source(filter, FdEndpoint::Heard::at_once);
    endpoint_->attached(*this, {});
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes("key")));
    loop_.poll();
    EXPECT_EQ(announced_, 1);
    loop_.poll();
    EXPECT_EQ(heard, "key");
    ASSERT_TRUE(write_all(theirs_.number(), as_bytes("s")));
    loop_.poll();
    EXPECT_EQ(heard, "keys");
    EXPECT_EQ(announced_, 1);
    EXPECT_EQ(collected(), "keys");
    EXPECT_EQ(collected(), "");
    EXPECT_EQ(heard, "keys") << "once";

    ASSERT_TRUE(write_all(theirs_.number(), as_bytes(std::string(10000, 'x'))));
    for (int i = 0; i < 100; ++i)
        loop_.poll();
    EXPECT_LT(heard.size(), 2000U) << "the rest stays where it is";
    theirs_.close();
    std::string all;
    while (!all.ends_with("<end>"))
        all += collected();
    EXPECT_EQ(all.size(), 10000U + 5);
    EXPECT_EQ(heard.size(), 10004U);
}

TEST_F(SocketEndpointTest, WritesTheRestAfterItsChannelIsGone)
{
    bool delivered = false;
    endpoint_->attached(*this, {});
    const std::string much(4'000'000, 'x');
    endpoint_->deliver(Stream::data, as_bytes(much));
    endpoint_->flush();
    EXPECT_FALSE(endpoint_->delivered_all());
    endpoint_->deliver(Stream::data, as_bytes("last"));
    auto before = consumed_;
    when_delivered(endpoint_.get(), [&] { delivered = true; });
    EXPECT_FALSE(delivered);
    std::string all;
    while (!all.ends_with("<end>")) {
        all += arrived();
        loop_.poll();
    }
    EXPECT_EQ(all.size(), much.size() + 4 + 5);
    EXPECT_TRUE(delivered);
    EXPECT_EQ(consumed_, before) << "the channel's number may be another's by now";
    EXPECT_EQ(over_, 0);
}

TEST_F(SocketEndpointTest, WithoutARestItIsDeliveredAtOnce)
{
    int delivered = 0;
    endpoint_->attached(*this, {});
    when_delivered(endpoint_.get(), [&] { ++delivered; });
    when_delivered(nullptr, [&] { ++delivered; });
    EXPECT_EQ(delivered, 2);
}

// Files as the ends of a channel, that fail.
class FailingFilesTest : public ::testing::Test, protected EndpointHost {
protected:
    void ready_to_give(ChannelId) override {}
    void consumed(ChannelId, std::size_t count) override { consumed_ += count; }
    void no_more_wanted(ChannelId) override { ++unwanted_; }

    EventLoop loop_ = EventLoop::create().value();
    std::size_t consumed_ = 0;
    int unwanted_ = 0;
    std::vector<int> errors_;
};

TEST_F(FailingFilesTest, AFullDiskIsReportedAndTheRestSwallowed)
{
    EndpointFds fds;
    fds.sink = Fd{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
    FdEndpoint endpoint{loop_, std::move(fds)};
    endpoint.on_sink_failed = [this](Stream, const Error& why) { errors_.push_back(why.os_error); };
    endpoint.attached(*this, {});
    endpoint.deliver(Stream::data, as_bytes("lost"));
    endpoint.flush();
    endpoint.deliver(Stream::data, as_bytes("too"));
    endpoint.flush();
    EXPECT_EQ(errors_, std::vector{ENOSPC});
    EXPECT_EQ(consumed_, 7U);
    EXPECT_EQ(unwanted_, 1);
    int drained = 0;
    endpoint.on_drained = [&] { ++drained; };
    endpoint.peer_finished();
    EXPECT_EQ(drained, 1);
}

TEST_F(FailingFilesTest, AReaderWhoLeavesIsNoFailure)
{
    ignore_broken_pipes();
    auto pipe = make_pipe().value();
    EndpointFds fds;
    fds.sink = std::move(pipe.writer);
    FdEndpoint endpoint{loop_, std::move(fds)};
    endpoint.on_sink_failed = [this](Stream, const Error& why) { errors_.push_back(why.os_error); };
    endpoint.attached(*this, {});
    pipe.reader.close();
    endpoint.deliver(Stream::data, as_bytes("lost"));
    endpoint.flush();
    EXPECT_TRUE(errors_.empty());
    EXPECT_EQ(unwanted_, 1);
}

TEST_F(FailingFilesTest, WhatCannotBeReadIsReportedAndEnds)
{
    EndpointFds fds;
    fds.source = Fd{::open("/", O_RDONLY | O_CLOEXEC)};
    FdEndpoint endpoint{loop_, std::move(fds)};
    endpoint.on_source_failed = [this](const Error& why) { errors_.push_back(why.os_error); };
    endpoint.attached(*this, {});
    std::array<std::uint8_t, 100> space;
    EXPECT_TRUE(endpoint.collect(Stream::data, space).finished);
    EXPECT_EQ(errors_, std::vector{EISDIR});
}

TEST_F(FailingFilesTest, PipesThatWouldWaitAreMadeNotTo)
{
    auto in = make_pipe().value(), out = make_pipe().value();
    EndpointFds fds;
    fds.source = std::move(in.reader);
    fds.sink = std::move(out.writer);
    FdEndpoint endpoint{loop_, std::move(fds)};
    endpoint.attached(*this, {});
    std::array<std::uint8_t, 100> space;
    EXPECT_EQ(endpoint.collect(Stream::data, space).bytes, 0U);
    const std::string much(4'000'000, 'x');
    endpoint.deliver(Stream::data, as_bytes(much));
    endpoint.flush();
    EXPECT_FALSE(endpoint.delivered_all());
}

TEST_F(FailingFilesTest, AnyEndOfASocketIsNoSignal)
{
    auto pair = make_socket_pair().value();
    EndpointFds fds;
    fds.sink = std::move(pair.ours);
    FdEndpoint endpoint{loop_, std::move(fds)};
    endpoint.attached(*this, {});
    pair.theirs.close();
    auto status = test::in_child([&] {
        ::signal(SIGPIPE, SIG_DFL);
        endpoint.deliver(Stream::data, as_bytes("lost"));
        endpoint.flush();
        return unwanted_;
    });
    EXPECT_EQ(status, 1);
}

TEST_F(FailingFilesTest, ASocketThatOthersShareStaysAsItIs)
{
    auto pair = make_socket_pair().value();
    int shared = pair.ours.number();
    {
        FdEndpoint endpoint{loop_, open_streams(shared, shared, shared).value()};
        endpoint.attached(*this, {});
        std::array<std::uint8_t, 100> space;
        EXPECT_EQ(endpoint.collect(Stream::data, space).bytes, 0U) << "it would wait";
        const std::string much(4'000'000, 'x');
        endpoint.deliver(Stream::data, as_bytes(much));
        endpoint.flush();
        EXPECT_FALSE(endpoint.delivered_all());
        EXPECT_TRUE(is_blocking(shared).value());
    }
    EXPECT_TRUE(is_blocking(shared).value());
}

} // namespace
} // namespace nacre
