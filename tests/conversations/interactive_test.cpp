// What a connection is used for, as both of its sides see it: terminals, or also what sends much.
#include <gtest/gtest.h>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "pair.h"

namespace nacre::test {
namespace {

class Interactive : public testing::Test {
protected:
    Interactive() { pair.run_until_idle(); }

    template <Declared... Requests>
    ChannelId session(const Requests&... requests)
    {
        auto channel = pair.open_session();
        (pair.client.connection().request(channel, requests, WantReply::yes), ...);
        pair.run_until_idle();
        return channel;
    }
    ChannelId terminal() { return session(pty, ShellRequest{}); }
    void close(ChannelId channel)
    {
        pair.client.connection().close(channel);
        pair.run_until_idle();
    }
    // What both sides say.
    std::optional<bool> is_it()
    {
        auto at_client = pair.client.connection().is_interactive();
        EXPECT_EQ(at_client, pair.server.connection().is_interactive());
        return at_client;
    }

    const PtyRequest pty{.term = "vt100", .modes = {}};
    Pair pair{1};
};

TEST_F(Interactive, NothingDecidesItBeforeAnythingIsAskedOfASession)
{
    EXPECT_EQ(is_it(), std::nullopt);
    auto channel = session();
    EXPECT_EQ(is_it(), std::nullopt);
    pair.client.connection().request(channel, EnvRequest{"A", "b"}, WantReply::no);
    pair.run_until_idle();
    EXPECT_EQ(is_it(), std::nullopt);
}

TEST_F(Interactive, OneThatHasATerminalIs)
{
    terminal();
    EXPECT_EQ(is_it(), true);
    terminal();
    session();
    EXPECT_EQ(is_it(), true) << "a session that is not used yet changes nothing";
}

TEST_F(Interactive, ATerminalThatIsRefusedIsNone)
{
    pair.refused_request = PtyRequest::name;
    auto shell = terminal();
    EXPECT_EQ(is_it(), false);
    close(shell);
    auto unused = session(pty);
    EXPECT_EQ(is_it(), std::nullopt);
    pair.refused_request.clear();
    pair.client.connection().request(unused, pty, WantReply::yes);
    pair.run_until_idle();
    EXPECT_EQ(is_it(), true) << "it was granted later";
}

TEST_F(Interactive, NothingDecidesItBeforeATerminalIsGranted)
{
    auto channel = pair.open_session();
    auto& connection = pair.client.connection();
    connection.request(channel, EnvRequest{"A", "b"}, WantReply::yes);
    connection.request(channel, pty, WantReply::yes);
    connection.request(channel, ShellRequest{}, WantReply::yes);
    EXPECT_EQ(connection.is_interactive(), std::nullopt);
    pair.run_until_idle();
    EXPECT_EQ(is_it(), true);
}

TEST_F(Interactive, ATerminalOfWhichNobodyWantsToHearCounts)
{
    auto channel = pair.open_session();
    pair.client.connection().request(channel, pty, WantReply::no);
    pair.client.connection().request(channel, ShellRequest{}, WantReply::no);
    pair.run_until_idle();
    EXPECT_EQ(is_it(), true);
}

TEST_F(Interactive, OneThatHasAProgramWithoutATerminalIsNotForAsLongAsItRuns)
{
    terminal();
    auto copy = session(ExecRequest{"cat"});
    EXPECT_EQ(is_it(), false);
    close(copy);
    EXPECT_EQ(is_it(), true);
    auto files = session(SubsystemRequest{"sftp"});
    EXPECT_EQ(is_it(), false);
    close(files);
    EXPECT_EQ(is_it(), true);
}

// The same at both sides, though a pair's server opens what a client's would.
TEST_F(Interactive, ForwardedConnectionsAreBulkAndTheAgentsAreNot)
{
    terminal();
    auto agent = pair.server.connection().open(AgentChannel{});
    pair.run_until_idle();
    pair.client.connection().accept(ChannelId{1});
    pair.run_until_idle();
    ASSERT_TRUE(pair.server.connection().is_open(agent));
    EXPECT_EQ(is_it(), true);
    auto visitor = pair.server.connection().open(ForwardedTcpip{"127.0.0.1", 80, "127.0.0.1", 1});
    pair.run_until_idle();
    EXPECT_EQ(is_it(), true) << "it is not open yet";
    pair.client.connection().accept(ChannelId{2});
    pair.run_until_idle();
    ASSERT_TRUE(pair.server.connection().is_open(visitor));
    EXPECT_EQ(is_it(), false);
    close(ChannelId{2});
    EXPECT_EQ(is_it(), true);
}

} // namespace
} // namespace nacre::test
