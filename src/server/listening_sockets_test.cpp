#include "server/listening_sockets.h"

#include <gtest/gtest.h>

#include "os/socket.h"

namespace nacre {
namespace {

class Nowhere final : public Log {
public:
    bool wants(LogLevel) const override { return false; }
    void write(LogLevel, std::string_view) override {}
};

Result<std::vector<Fd>> listening_at(const std::vector<std::string>& hosts, std::uint16_t port, std::vector<Fd> open)
{
    ServerOptions options;
    for (auto& host : hosts)
        options.listen_address.push_back({host, port, ""});
    EventLog log{std::make_unique<Nowhere>(), LogFormat::text, LogLevel::quiet};
    return open_listening_sockets(options, std::move(open), log);
}

TEST(ListeningSockets, MoveBetweenEverywhereAndOneAddress)
{
    auto sockets = listening_at({"0.0.0.0"}, 0, {});
    ASSERT_TRUE(sockets);
    auto port = local_address(sockets->at(0).number())->port;
    for (auto* host : {"127.0.0.1", "0.0.0.0"}) {
        sockets = listening_at({host}, port, *std::move(sockets));
        ASSERT_TRUE(sockets) << host;
        ASSERT_EQ(sockets->size(), 1U);
        EXPECT_EQ(*local_address(sockets->at(0).number()), *numeric_address(host, port));
    }
}

TEST(ListeningSockets, AreKeptWhereTheyAreStillWanted)
{
    auto sockets = listening_at({"127.0.0.1"}, 0, {});
    ASSERT_TRUE(sockets);
    int number = sockets->at(0).number();
    auto port = local_address(number)->port;
    sockets = listening_at({"127.0.0.2", "127.0.0.1"}, port, *std::move(sockets));
    ASSERT_TRUE(sockets);
    ASSERT_EQ(sockets->size(), 2U);
    EXPECT_EQ(sockets->at(1).number(), number);
    EXPECT_EQ(local_address(sockets->at(0).number())->host, "127.0.0.2");
}

TEST(ListeningSockets, OneThatCannotBeBoundDoesNotKeepTheOthersAway)
{
    auto sockets = listening_at({"192.0.2.77", "127.0.0.1"}, 0, {});
    ASSERT_TRUE(sockets);
    EXPECT_EQ(sockets->size(), 1U);
    EXPECT_FALSE(listening_at({"192.0.2.77"}, 0, {}));
}

} // namespace
} // namespace nacre
