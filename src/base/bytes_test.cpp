#include "base/bytes.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(Base64, RoundTripsEveryLength)
{
    ByteVector bytes;
    for (int i = 0; i < 70; ++i) {
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
        bytes.push_back(static_cast<std::uint8_t>(i * 37));
    }
}

TEST(Base64, KnownAnswersOfRfc4648)
{
    EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
    EXPECT_EQ(to_base64(as_bytes("fooba")), "Zm9vYmE=");
    EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
}

TEST(Base64, RejectsWhatItWouldNotWrite)
{
    for (auto text : {"Zg=", "Z===", "Zh==", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm9*"})
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Hex, RoundTripsAndRejects)
{
    EXPECT_EQ(to_hex(from_hex("00fFa5").value()), "00ffa5");
    EXPECT_EQ(from_hex("0"), std::nullopt);
    EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(ConstantTimeEquality, ComparesWhole)
{
    EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
}

} // namespace
} // namespace nacre
