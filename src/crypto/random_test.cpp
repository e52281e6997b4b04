#include "crypto/random.h"

#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>
#include <set>
#include <string>

#include "support/refuse_call.h"

namespace nacre {
namespace {

TEST(SystemRandom, NeverRepeatsItself)
{
    SystemRandom random, other;
    std::set<std::array<std::uint8_t, 16>> seen;
    for (int i = 0; i < 2000; ++i) {
        EXPECT_TRUE(seen.insert(random.bytes<16>()).second);
        EXPECT_TRUE(seen.insert(other.bytes<16>()).second);
    }
}

TEST(SystemRandom, ThatTheKernelRefusesEndsTheProcessWithTheReason)
{
    auto draw = [] {
        if (!test::refuse_call(SYS_getrandom, EPERM))
            std::_Exit(1);
        SystemRandom random;
        (void)random.bytes<16>();
    };
    EXPECT_EXIT(draw(), ::testing::ExitedWithCode(255), "no random numbers: getrandom: Operation not permitted");
}

TEST(SystemRandom, FillsEveryLength)
{
    SystemRandom random;
    random.fill({});
    for (std::size_t size : {1u, 7u, 1023u, 1024u, 1025u, 4096u, 5000u, 100'000u}) {
        ByteVector bytes(size + 2), before(size + 2);
        random.fill(MutableBytes{bytes}.subspan(1, size));
        EXPECT_EQ(bytes.front(), 0);
        EXPECT_EQ(bytes.back(), 0);
        EXPECT_TRUE(size <= 16 || bytes != before);
    }
}

// Keeps what the child wrote.
class Capture : public testing::MatcherInterface<const std::string&> {
public:
    explicit Capture(std::string& text) : text_(text) {}
    bool MatchAndExplain(const std::string& text, testing::MatchResultListener*) const override
    {
        text_ = text;
        return true;
    }
    void DescribeTo(std::ostream*) const override {}

private:
    std::string& text_;
};

TEST(SystemRandomDeathTest, ChildrenOfAForkGetBytesOfTheirOwn)
{
    SystemRandom random;
    random.bytes<16>();                                           // the buffer is full now
    std::string of_child[2];
    for (auto& text : of_child)
        EXPECT_EXIT(
            {
                std::fputs(to_hex(random.bytes<16>()).c_str(), stderr);
                std::exit(0);
            },
            testing::ExitedWithCode(0), testing::Matcher<const std::string&>(new Capture(text)));
    EXPECT_EQ(of_child[0].size(), 32u);
    EXPECT_NE(of_child[0], of_child[1]);
    EXPECT_NE(of_child[0], to_hex(random.bytes<16>()));
}

} // namespace
} // namespace nacre
