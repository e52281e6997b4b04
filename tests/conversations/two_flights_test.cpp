// A connection in two flights, our client and our server: what is sent ahead counts, or never was.
#include <gtest/gtest.h>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "pair.h"

namespace nacre::test {
namespace {

TEST(TwoFlights, HoldTheWholeWayToARunningCommand)
{
    Pair pair{3, in_a_hurry()};
    pair.one_round_trip();
    EXPECT_FALSE(pair.logged_in());
    EXPECT_EQ(pair.early_sessions, 1u);
    EXPECT_TRUE(pair.requests_at_server.empty());
    pair.one_round_trip();
    EXPECT_TRUE(pair.logged_in()) << why(pair);
    EXPECT_EQ(pair.requests_at_server, std::vector<std::string>{"exec"});
    EXPECT_EQ(pair.answers_at_client, 1u);
}

TEST(TwoFlights, AreThreeWithoutTheGuess)
{
    auto options = in_a_hurry();
    options.guess = false;
    Pair pair{3, options};
    pair.one_round_trip();
    pair.one_round_trip();
    EXPECT_FALSE(pair.logged_in());
    pair.one_round_trip();
    EXPECT_EQ(pair.requests_at_server, std::vector<std::string>{"exec"}) << why(pair);
}

TEST(TwoFlights, RunTheCommandOnceHoweverTheBytesAreCut)
{
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        auto options = in_a_hurry();
        options.largest_piece = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 37 : 100'000;
        Pair pair{seed, options};
        pair.run_until_idle();
        ASSERT_TRUE(pair.logged_in()) << "seed " << seed << ' ' << why(pair);
        // Where EXT_INFO comes late, the login waits for it, and the session for the login.
        ASSERT_EQ(pair.requests_at_server.size(), pair.early_sessions) << "seed " << seed;
    }
}

TEST(TwoFlights, AfterARefusalNothingOfTheSecondIsLeft)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        auto options = in_a_hurry();
        options.authorized_tries = 2;
        options.largest_piece = seed % 2 == 0 ? 100'000 : 50;
        Pair pair{seed, options};
        pair.run_until_idle();
        ASSERT_TRUE(pair.logged_in()) << "seed " << seed << ' ' << why(pair);
        ASSERT_EQ(pair.early_refusals, pair.early_sessions);
        ASSERT_EQ(pair.early_drops, pair.early_sessions);
        ASSERT_TRUE(pair.requests_at_server.empty());
        ASSERT_EQ(pair.client.connection().channel_count(), 0u);
        auto channel = pair.open_session();
        ASSERT_TRUE(pair.client.connection().is_open(channel));
    }
}

TEST(TwoFlights, DoNotGoAheadOfCompressionThatBeginsWithTheLogin)
{
    auto options = in_a_hurry();
    options.client_proposal.compressions = options.server_proposal.compressions = "zlib@openssh.com";
    Pair pair{3, options};
    pair.run_until_idle();
    EXPECT_TRUE(pair.logged_in()) << why(pair);
    EXPECT_EQ(pair.early_sessions, 0u);
}

} // namespace
} // namespace nacre::test
