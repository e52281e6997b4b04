#include "keys/moduli.h"

#include <gtest/gtest.h>

#include <map>

#include "support/seeded_random.h"

namespace nacre {
namespace {

// Not primes: nobody looks for that here.
std::string line(std::uint32_t bits, char last, std::string_view type = "2", std::string_view tests = "6")
{
    std::string modulus((bits + 3) / 4, 'A');
    modulus[0] = "8124"[bits % 4];                                // the top bit, wherever it is in its digit
    modulus.back() = last;
    return "20260101000000 " + std::string{type} + " " + std::string{tests} + " 100 " + std::to_string(bits - 1) + " 5 " + modulus;
}

std::optional<Modulus> only_one(std::string_view file)
{
    test::SeededRandom random{1};
    return choose_modulus(file, 0, 0, UINT32_MAX, random);
}

TEST(Moduli, ALineIsParsed)
{
    auto modulus = only_one("20220714110357 2 6 100 15 2 E98F");
    ASSERT_TRUE(modulus);
    EXPECT_EQ(modulus->bits, 16u);
    EXPECT_EQ(modulus->generator, ByteVector{2});
    EXPECT_EQ(to_hex(modulus->prime), "e98f");
    for (std::uint32_t bits : {2045u, 2046u, 2047u, 2048u, 3072u})
        EXPECT_TRUE(only_one(line(bits, 'F'))) << bits;
}

TEST(Moduli, UselessLinesAreNot)
{
    for (auto text : {"", "# a comment", "20220714110357 2 6 100 15 2", "20220714110357 2 6 100 15 2 E98F x",
                      "20220714110357 4 6 100 15 2 E98F",         // another type
                      "20220714110357 2 7 100 15 2 E98F",         // found composite
                      "20220714110357 2 0 100 15 2 E98F",         // never tested
                      "20220714110357 2 6 100 16 2 E98F", "20220714110357 2 6 100 14 2 E98F",   // another size
                      "20220714110357 2 6 100 15 1 E98F", "20220714110357 2 6 100 15 0 E98F",
                      "20220714110357 2 6 100 15 2 E98G", "20220714110357 2 6 100 4294967295 2 E98F",
                      "20220714110357 2 6 100 -1 2 E98F", "20220714110357 2 6 100 15 2 0000"})
        EXPECT_FALSE(only_one(text)) << text;
}

TEST(Moduli, TheSmallestThatIsLargeEnoughIsChosen)
{
    std::string file = "# comment\n";
    for (std::uint32_t bits : {4096u, 2048u, 8192u, 3072u})
        file += line(bits, 'F') + "\n";
    test::SeededRandom random{1};
    auto bits = [&](std::uint32_t min, std::uint32_t wanted, std::uint32_t max) {
        auto modulus = choose_modulus(file, min, wanted, max, random);
        return modulus ? modulus->bits : 0;
    };
    EXPECT_EQ(bits(2048, 3072, 8192), 3072u);
    EXPECT_EQ(bits(2048, 2500, 8192), 3072u);
    EXPECT_EQ(bits(2048, 7680, 8192), 8192u);
    EXPECT_EQ(bits(2048, 7680, 8000), 4096u) << "nothing is large enough";
    EXPECT_EQ(bits(3000, 3000, 3000), 0u);
    EXPECT_EQ(choose_modulus("", 2048, 2048, 8192, random), std::nullopt);
}

TEST(Moduli, ChanceDecidesAmongEquals)
{
    std::string file = line(4096, '1') + "\n";
    for (char last : {'3', '5', '7'})
        file += line(2048, last) + "\n";
    test::SeededRandom random{2};
    std::map<int, int> chosen;
    for (int i = 0; i < 300; ++i)
        ++chosen[choose_modulus(file, 2048, 2048, 8192, random)->prime.back() & 0xf];
    EXPECT_EQ(chosen.size(), 3u);
    for (auto [last, count] : chosen)
        EXPECT_GT(count, 60) << last;
}

} // namespace
} // namespace nacre
