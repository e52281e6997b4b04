#include "server/asked_ports.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(AskedPorts, NameZeroForWhatWasChosenAndNothingElse)
{
    AskedPorts ports;
    ports.chosen("localhost", 40001);
    EXPECT_EQ(ports.name_of("localhost", 40001), 0u);
    EXPECT_EQ(ports.name_of("localhost", 40002), 40002u);
    EXPECT_EQ(ports.name_of("", 40001), 40001u);
}

TEST(AskedPorts, AreCancelledByEitherName)
{
    AskedPorts ports;
    for (std::uint32_t named : {0u, 40001u}) {
        ports.chosen("localhost", 40001);
        ports.chosen("other", 40003);
        EXPECT_EQ(ports.cancelled("localhost", 9000), 9000u);
        EXPECT_EQ(ports.cancelled("localhost", named), 40001u);
        EXPECT_EQ(ports.name_of("localhost", 40001), 40001u) << "forgotten";
        EXPECT_EQ(ports.name_of("other", 40003), 0u);
        EXPECT_EQ(ports.cancelled("localhost", 0), 0u);
    }
}

TEST(AskedPorts, OfTwoAtOneAddressAreCancelledByTheirOwnNamesAlone)
{
    AskedPorts ports;
    ports.chosen("localhost", 40001);
    ports.chosen("localhost", 40002);
    EXPECT_EQ(ports.cancelled("localhost", 0), 0u);
    EXPECT_EQ(ports.cancelled("localhost", 40002), 40002u);
    EXPECT_EQ(ports.cancelled("localhost", 0), 40001u);
}

} // namespace
} // namespace nacre
