#include "client/typed_line.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

class TypedLineTest : public ::testing::Test {
protected:
    TypedLine::State type(std::string_view text)
    {
        auto state = TypedLine::State::typing;
        for (char c : text)
            state = line_.type(c);
        return state;
    }

    std::string shown_;
    TypedLine line_{[this](std::string_view text) { shown_ += text; }};
};

TEST_F(TypedLineTest, EchoesAndCorrects)
{
    EXPECT_EQ(type("-L 12\x7f" "3\r"), TypedLine::State::complete);
    EXPECT_EQ(line_.take(), "-L 13");
    EXPECT_EQ(shown_, "-L 12\b \b3\r\n");
}

TEST_F(TypedLineTest, IsGivenUpByControlC)
{
    EXPECT_EQ(type("-L 12\x03"), TypedLine::State::given_up);
    EXPECT_EQ(line_.take(), "");
    EXPECT_EQ(type("abc\x15\x7fx\n"), TypedLine::State::complete);
    EXPECT_EQ(line_.take(), "x");
}

TEST_F(TypedLineTest, IsBounded)
{
    EXPECT_EQ(type(std::string(5000, 'x')), TypedLine::State::typing);
    EXPECT_EQ(line_.take().size(), TypedLine::longest);
}

} // namespace
} // namespace nacre
