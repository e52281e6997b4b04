#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace nacre {
namespace {

struct Pair {
    int first = 0, second = 0;
};

Result<int> half(int number)
{
    if (number % 2 != 0)
        return bad_input("odd");
    return number / 2;
}

TEST(Result, IsMadeFromValuesFailuresAndWhatTheLibraryHas)
{
    Result<Pair> pair{{1, 2}};
    EXPECT_EQ(pair->second, 2);
    EXPECT_EQ(Result<Pair>{}->first, 0);
    EXPECT_TRUE(Result<void>{});
    Result<std::unique_ptr<int>> owner = std::make_unique<int>(3);
    EXPECT_EQ(**owner, 3);
    Result<std::vector<int>> list{{1, 2, 3}};
    EXPECT_EQ(list->size(), 3u);
    Result<std::optional<int>> nothing = std::nullopt;
    EXPECT_TRUE(nothing && !*nothing);
    std::expected<int, Error> from_library = half(8);
    Result<int> back = from_library;
    EXPECT_EQ(back, 4);
    Result<long> wider = half(8);
    EXPECT_EQ(wider, 4);
    back = not_permitted("no");
    EXPECT_EQ(back.error().kind, ErrorKind::not_permitted);
}

// A bool can be made of a Result, which must not make one of a copy.
TEST(Result, OfABoolIsCopiedAsAWhole)
{
    Result<bool> no = false;
    Result<bool> copy(no);
    EXPECT_EQ(copy, false);
    Result<bool> failed = bad_input("x");
    Result<bool> other(failed);
    EXPECT_FALSE(other.has_value());
}

TEST(Result, IsContinuedByFunctionsThatReturnOne)
{
    EXPECT_EQ(half(8).and_then(half), 2);
    EXPECT_EQ(half(6).and_then(half).error().what, "odd");
    const auto kept = half(7);
    EXPECT_EQ(kept.or_else([](const Error&) { return half(4); }), 2);
    EXPECT_EQ(half(4).or_else([](const Error&) { return half(40); }), 2);
    EXPECT_EQ(Result<void>{}.and_then([] { return half(2); }), 1);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wshadow"
TEST(Try, MayStandWithinAnother)
{
    auto quarter = [](int number) -> Result<int> {
        auto inner = TRY([&]() -> Result<int> {
            auto halved = TRY(half(number));
            return half(halved);
        }());
        return inner;
    };
    EXPECT_EQ(quarter(8), 2);
    EXPECT_EQ(quarter(6).error().what, "odd");
}
#pragma GCC diagnostic pop

TEST(Try, TakesWhatTheLibraryHas)
{
    auto sum = []() -> Result<int> {
        auto value = TRY((std::expected<int, Error>{7}));
        TRY((std::expected<void, Error>{}));
        return value;
    };
    EXPECT_EQ(sum(), 7);
}

} // namespace
} // namespace nacre
