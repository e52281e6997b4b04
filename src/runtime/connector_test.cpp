#include "runtime/connector.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nacre {
namespace {

Fd listener_at(std::string_view host, std::uint16_t port = 0, int backlog = 128)
{
    auto listener = listen_on(*numeric_address(host, port), {.backlog = backlog});
    EXPECT_TRUE(listener);
    return std::move(*listener);
}

class ConnectorTest : public testing::Test {
protected:
    Result<Fd> connect(std::vector<SocketAddress> addresses)
    {
        std::optional<Result<Fd>> outcome;
        Connector connector{loop_, std::move(addresses), [&](Result<Fd> result) {
                                outcome = std::move(result);
                                loop_.stop();
                            }};
        loop_.run();
        return std::move(*outcome);
    }

    EventLoop loop_ = *EventLoop::create();
    Fd good_ = listener_at("127.0.0.1");
    SocketAddress good_address_ = *local_address(good_.number());
};

TEST_F(ConnectorTest, ASilentAddressDoesNotHoldUpTheNext)
{
    auto hole = listener_at("127.0.0.1", 0, 0);                   // its queue is full: the kernel drops what else comes
    auto silent = *local_address(hole.number());
    std::vector<Fd> inside;
    for (int i = 0; i < 4; ++i)
        inside.push_back(*start_connect(silent));
    auto socket = connect({silent, good_address_});
    ASSERT_TRUE(socket);
    EXPECT_EQ(*peer_address(socket->number()), good_address_);
}

TEST_F(ConnectorTest, AfterARefusalTheNextIsTriedAndTheLastReasonIsTold)
{
    SocketAddress closed;
    {
        auto listener = listener_at("127.0.0.1");
        closed = *local_address(listener.number());
    }
    EXPECT_TRUE(connect({closed, good_address_}));
    auto refused = connect({closed});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().os_error, ECONNREFUSED);
    EXPECT_FALSE(connect({}));
}

} // namespace
} // namespace nacre
