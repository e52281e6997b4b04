#include "transport/worth.h"

#include <gtest/gtest.h>

#include "keys/key_types.h"
#include "transport/ciphers.h"
#include "transport/compressions.h"
#include "transport/kex_method.h"
#include "transport/macs.h"

namespace nacre {
namespace {

template <class Table, class IsOffered>
void check(const Table& table, IsOffered is_offered)
{
    for (auto& row : table) {
        auto worth = worth_of_algorithm(row.name);
        ASSERT_TRUE(worth) << row.name;
        EXPECT_FALSE(is_offered(row) && *worth == Worth::broken) << row.name;
    }
}

TEST(Worth, EveryAlgorithmHasOneAndNothingThatIsOfferedUnaskedIsBroken)
{
    auto offered = [](auto& row) { return row.offered == Offered::by_default; };
    check(kex_methods(), offered_by_client);
    check(ciphers(), offered);
    check(macs(), offered);
    check(compressions(), offered);
    check(signature_algorithms(), [](auto& row) { return row.offered; });
}

TEST(Worth, SaysNothingOfWhatItDoesNotKnow)
{
    EXPECT_FALSE(worth_of_algorithm("rot13"));
    EXPECT_EQ(name_of(Worth::broken), "broken");
}

} // namespace
} // namespace nacre
