// Two connections and a way between them, on a clock of our own.
#include <gtest/gtest.h>

#include <algorithm>

#include "connection/channel_kinds.h"
#include "connection/connection.h"
#include "support/pattern.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint32_t first_window = 64 * 1024;

// The client sends all it may, the server reads all that comes.
class Way : public testing::Test {
protected:
    Way()
    {
        channel = sender.open(SessionChannel{});
        to_receiver();
        to_sender();
    }

    // Bytes that were under way in it.
    std::size_t one_round(Duration there_and_back)
    {
        std::size_t sent = 0;
        pass(there_and_back / 2);
        for (std::size_t written = 1; written > 0; sent += written) {
            written = sender.write(channel, Stream::data, data);
            to_receiver();
        }
        pass(there_and_back / 2);
        to_sender();
        return sent;
    }

    std::size_t most_in_rounds(Duration there_and_back, Duration time)
    {
        std::size_t most = 0;
        for (auto end = now + time; now < end;)
            most = std::max(most, one_round(there_and_back));
        return most;
    }

private:
    void pass(Duration time)
    {
        now += time;
        client.time_passed(now);
        server.time_passed(now);
    }

    static void move(Transport& from, Transport& to, auto on_message)
    {
        for (auto bytes = from.to_transmit(); !bytes.empty(); bytes = from.to_transmit()) {
            auto space = to.receive_space();
            auto count = std::min(space.size(), bytes.size());
            std::copy_n(bytes.begin(), count, space.begin());
            to.received(count);
            from.transmitted(count);
            while (auto event = to.next().value())
                on_message(std::get<IncomingMessage>(*event));
        }
    }

    void to_receiver()
    {
        move(client, server, [this](const IncomingMessage& message) {
            auto event = receiver.receive(message);
            ASSERT_TRUE(event) << event.error().what;
            if (!*event)
                return;
            if (auto* wanted = std::get_if<OpenRequested>(&**event))
                receiver.accept(wanted->channel, {.window = first_window, .largest_packet = 32 * 1024});
            if (auto* arrived = std::get_if<DataArrived>(&**event))
                receiver.data_consumed(arrived->channel, arrived->data.size());
        });
    }

    void to_sender()
    {
        move(server, client, [this](const IncomingMessage& message) { ASSERT_TRUE(sender.receive(message)); });
    }

    NoLog log;
    test::SeededRandom random{1};
    TimePoint now{};
    Transport client{Transport::Bare{}, Role::client, random, log, now};
    Transport server{Transport::Bare{}, Role::server, random, log, now};
    Connection sender{client}, receiver{server};
    ChannelId channel{};
    ByteVector data = test::pattern(256 * 1024);
};

TEST_F(Way, ThatIsShortNeedsNoLargeWindow)
{
    EXPECT_LE(most_in_rounds(microseconds{200}, milliseconds{100}), 4 * first_window);
}

TEST_F(Way, ThatIsLongGetsALargeOneAndNoLargerThanTheBound)
{
    EXPECT_LE(one_round(milliseconds{300}), first_window);
    auto most = most_in_rounds(milliseconds{300}, std::chrono::seconds{4});
    EXPECT_GT(most, Connection::largest_window / 2);
    EXPECT_LE(most, Connection::largest_window);
}

// A laptop that is carried out of the house, whose connection goes through a tunnel.
TEST_F(Way, ThatBecomesALongOneGetsALargeWindowThen)
{
    (void)most_in_rounds(microseconds{200}, milliseconds{100});
    EXPECT_GT(most_in_rounds(milliseconds{100}, 2 * ShortestTrip::period + std::chrono::seconds{2}), 16 * first_window);
}

TEST_F(Way, ThatBecomesAShortOneKeepsTheWindowThatWasGranted)
{
    auto far = most_in_rounds(milliseconds{100}, std::chrono::seconds{1});
    constexpr std::size_t most_kept = 1024 * 1024;                // by the reader, for its next grant
    EXPECT_GE(most_in_rounds(microseconds{200}, milliseconds{4}), far - most_kept);
}

} // namespace
} // namespace nacre
