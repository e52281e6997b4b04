#include "server/penalties.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using std::chrono::seconds;
constexpr TimePoint start{seconds{1000}};

ServerOptions with(std::string_view what)
{
    ServerOptions options;
    auto& p = options.per_source_penalties;
    p.authfail = p.noauth = seconds{10};
    p.min = seconds{15};
    p.max = seconds{30};
    p.max_sources4 = 2;
    p.overflow = what == "deny" ? SourcePenalties::Overflow::deny_all : SourcePenalties::Overflow::permissive;
    return options;
}

TEST(Penalties, AddUpUntilTheyAreFeltAndAreOverInTheEnd)
{
    Penalties penalties{with("")};
    penalties.connection_ended("192.0.2.1", LoginEnd::authfail, start);
    EXPECT_FALSE(penalties.ban("192.0.2.1", start));
    penalties.connection_ended("192.0.2.1", LoginEnd::noauth, start + seconds{1});
    auto ban = penalties.ban("192.0.2.1", start + seconds{1});
    ASSERT_TRUE(ban);
    EXPECT_EQ(ban->why, "connections without attempting authentication");
    EXPECT_EQ(ban->left, seconds{19});
    EXPECT_TRUE(penalties.ban("192.0.2.1", start + seconds{19})) << "felt to its end, though less than min is left";
    EXPECT_FALSE(penalties.ban("192.0.2.1", start + seconds{20}));
    EXPECT_FALSE(penalties.ban("192.0.2.2", start + seconds{1}));
}

TEST(Penalties, StopAtTheirMaximum)
{
    Penalties penalties{with("")};
    for (int i = 0; i < 10; ++i)
        penalties.connection_ended("192.0.2.1", LoginEnd::authfail, start);
    EXPECT_EQ(penalties.ban("192.0.2.1", start)->left, seconds{30});
}

TEST(Penalties, OfOneNetworkAreOneAndTheExemptHaveNone)
{
    auto options = with("");
    options.per_source_net_block_size = {.ipv4 = 24, .ipv6 = 64};
    options.per_source_penalty_exempt_list = "192.0.2.99,2001:db8::/64";
    Penalties penalties{options};
    for (int i = 0; i < 2; ++i)
        for (auto* who : {"192.0.2.1", "2001:db8::1", "2001:db8:1::1"})
            penalties.connection_ended(who, LoginEnd::authfail, start);
    EXPECT_TRUE(penalties.ban("192.0.2.77", start));
    EXPECT_TRUE(penalties.ban("::ffff:192.0.2.5", start));
    EXPECT_FALSE(penalties.ban("192.0.2.99", start));
    EXPECT_FALSE(penalties.ban("2001:db8::1", start));
    EXPECT_TRUE(penalties.ban("2001:db8:1::2", start));
}

TEST(Penalties, AFullTableForgetsTheOldestOrServesNobody)
{
    for (auto* overflow : {"permissive", "deny"}) {
        Penalties penalties{with(overflow)};
        for (auto* who : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
            for (int i = 0; i < 2; ++i)
                penalties.connection_ended(who, LoginEnd::authfail, start + seconds{who[8] - '0'});
        auto now = start + seconds{4};
        bool denies = std::string_view{overflow} == "deny";
        EXPECT_EQ(penalties.ban("192.0.2.1", now).has_value(), denies);
        EXPECT_TRUE(penalties.ban("192.0.2.2", now));
        EXPECT_TRUE(penalties.ban("192.0.2.3", now));
        EXPECT_EQ(penalties.ban("192.0.2.200", now).has_value(), denies);
        EXPECT_FALSE(penalties.ban("192.0.2.200", now + seconds{60}));
        EXPECT_FALSE(penalties.ban("2001:db8::1", now)) << "the other family has a table of its own";
    }
}

TEST(Penalties, ForWhatIsNobodysFaultThereAreNone)
{
    auto options = with("");
    Penalties penalties{options};
    for (int i = 0; i < 9; ++i)
        for (auto end : {LoginEnd::fine, LoginEnd::error})
            penalties.connection_ended("192.0.2.1", end, start);
    EXPECT_FALSE(penalties.ban("192.0.2.1", start));
    options.per_source_penalties.on = false;
    Penalties none{options};
    for (int i = 0; i < 9; ++i)
        none.connection_ended("192.0.2.1", LoginEnd::crash, start);
    EXPECT_FALSE(none.ban("192.0.2.1", start));
}

} // namespace
} // namespace nacre
