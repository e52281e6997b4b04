#include "server/refusal_time.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nacre {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

const ByteVector secret(32, 7);

Duration time_for(std::string_view user, Duration elapsed) { return refusal_time(secret, user, shortest_refusal, elapsed); }

TEST(RefusalTime, HidesWhatHappenedWithinIt)
{
    std::set<Duration> times;
    for (int i = 0; i < 50; ++i) {
        auto user = "user" + std::to_string(i);
        auto least = time_for(user, {});
        times.insert(least);
        EXPECT_GE(least, shortest_refusal);
        EXPECT_LT(least, shortest_refusal * 2);
        EXPECT_EQ(time_for(user, milliseconds{3}), least);
        EXPECT_EQ(time_for(user, least), least);
        EXPECT_EQ(time_for(user, least + nanoseconds{1}), least * 2);
        EXPECT_EQ(time_for(user, least * 5), least * 8);
    }
    EXPECT_GT(times.size(), 25u) << "names are told apart";
    EXPECT_NE(refusal_time(ByteVector(32, 8), "root", shortest_refusal, {}), time_for("root", {}));
}

TEST(RefusalTime, OfALookUpIsInProportion)
{
    auto of_look_up = refusal_time(secret, "root", shortest_look_up, {});
    EXPECT_EQ(of_look_up * (shortest_refusal / shortest_look_up), time_for("root", {}));
}

} // namespace
} // namespace nacre
