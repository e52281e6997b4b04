#include "runtime/connection_driver.h"

#include <gtest/gtest.h>

#include "messages/connection.h"
#include "support/pattern.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

// Takes nothing while a question of its own is open.
struct Asker final : ConnectionDriver::Owner {
    explicit Asker(Transport& below) : transport(below) {}

    Result<void> drain() override
    {
        while (!asks) {
            auto event = TRY(transport.next());
            if (!event)
                break;
            ++heard;
        }
        return {};
    }
    void ended(const Error& why) override
    {
        if (!may_end)
            ADD_FAILURE() << why.what;
        has_ended = true;
        if (on_end)
            on_end();
    }

    Transport& transport;
    bool asks = true;
    bool may_end = false, has_ended = false;
    std::function<void()> on_end{};
    std::size_t heard = 0;
};

class ConnectionDriverTest : public testing::Test {
protected:
    ConnectionDriverTest()
    {
        auto pair = make_socket_pair().value();
        theirs = std::move(pair.theirs);
        (void)set_blocking(pair.ours.number(), Blocking::no);
        (void)set_blocking(theirs.number(), Blocking::no);
        driver.emplace(loop, Link{.in = std::move(pair.ours), .out = {}}, transport, connection, owner, log);
        driver->start();
        Transport peer{Transport::Bare{}, Role::client, random, log, loop.now()};
        auto details = test::pattern(30'000);
        peer.send(GlobalRequest{"x", false, Rest{details}});
        message = to_vector(peer.to_transmit());
    }

    // One message behind the other, as long as anything moves at either end.
    void flood()
    {
        for (bool moved = true; moved;) {
            auto before = sent + transport.bytes_received();
            if (sent < messages * message.size()) {
                auto written = write_some(theirs.number(), Bytes{message}.subspan(sent % message.size()));
                ASSERT_TRUE(written);
                sent += written->bytes;
            }
            loop.poll();
            moved = sent + transport.bytes_received() != before;
        }
    }

    static constexpr std::size_t messages = 1000;
    NoLog log;
    test::SeededRandom random{1};
    EventLoop loop = EventLoop::create().value();
    Transport transport{Transport::Bare{}, Role::server, random, log, loop.now()};
    Connection connection{transport};
    Asker owner{transport};
    Fd theirs;
    std::optional<ConnectionDriver> driver;
    ByteVector message;
    std::size_t sent = 0;
};

TEST_F(ConnectionDriverTest, ReadsLittleMoreWhileAQuestionIsOpenAndAllOfItAfterwards)
{
    flood();
    EXPECT_LT(transport.bytes_received(), 1024u * 1024);
    EXPECT_LT(sent, messages * message.size()) << "what is not read is not sent either";
    EXPECT_EQ(owner.heard, 0u);

    owner.asks = false;
    driver->advance();
    flood();
    EXPECT_EQ(owner.heard, messages);
    EXPECT_EQ(transport.bytes_received(), messages * message.size());
}

// All that the kernel has of it.
TEST_F(ConnectionDriverTest, WhatThePeerSaidBeforeItWasGoneIsHeardWhereAWriteFails)
{
    owner.asks = false;
    owner.may_end = true;
    std::size_t said = 0;
    for (bool all = true; all;) {
        auto written = write_some(theirs.number(), Bytes{message}.subspan(said % message.size()));
        ASSERT_TRUE(written);
        said += written->bytes;
        all = !written->would_block;
    }
    theirs.close();
    transport.send(GlobalRequest{"y", false, {}});
    driver->advance();
    EXPECT_TRUE(owner.has_ended);
    EXPECT_EQ(owner.heard, said / message.size());
    EXPECT_GT(owner.heard, 3u);
}

// It goes on after the owner has been told.
TEST_F(ConnectionDriverTest, MayNotBeDestroyedWhenItTellsOfItsEnd)
{
    owner.may_end = true;
    owner.on_end = [&] { driver.reset(); };
    EXPECT_DEATH(driver->end(system_failure("x").error()), "broken contract");
}

} // namespace
} // namespace nacre
