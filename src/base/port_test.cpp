#include "base/port.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(Port, IsANumberOrTheNameOfAService)
{
    EXPECT_EQ(parse_port("22"), 22);
    EXPECT_EQ(parse_port("65535"), 65535);
    EXPECT_EQ(parse_port("ssh"), 22);
    EXPECT_EQ(parse_port("HTTP"), 80);
    for (auto bad : {"", "0", "65536", "-1", "22 ", "ssh2", "no-such-service"})
        EXPECT_FALSE(parse_port(bad)) << bad;
}

} // namespace
} // namespace nacre
