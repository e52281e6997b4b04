#include "config/nearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/text.h"
#include "config/client_keywords.h"

namespace nacre {
namespace {

constexpr std::array<std::string_view, 4> names{"Port", "ProxyJump", "ForwardAgent", "User"};

TEST(NearestName, IsTheOneWithAFewLettersWrong)
{
    EXPECT_EQ(nearest_name("PORT", names), "Port");
    EXPECT_EQ(nearest_name("prot", names), "Port") << "two letters swapped";
    EXPECT_EQ(nearest_name("Poort", names), "Port") << "one too many";
    EXPECT_EQ(nearest_name("ForwrdAgnt", names), "ForwardAgent") << "some missing";
    EXPECT_EQ(nearest_name("ProxyHump", names), "ProxyJump") << "one wrong";
    EXPECT_EQ(did_you_mean("prot", names), " (did you mean Port?)");
}

TEST(NearestName, IsNoneWhereNoneIsNear)
{
    for (auto word : {"", "x", "Nonsense", "Agent", "Fo", "ForwardAgentForwardAgent"})
        EXPECT_EQ(nearest_name(word, names), std::nullopt) << word;
    EXPECT_EQ(nearest_name(std::string(100'000, 'P'), names), std::nullopt);
    EXPECT_EQ(did_you_mean("Nonsense", names), "");
}

// As it is defined, however long it takes: letters wrong, missing, too many or swapped with a neighbour.
std::size_t plain_distance(std::string_view a, std::string_view b)
{
    std::vector rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[a.size()][b.size()];
}

std::optional<std::string_view> by_definition(std::string_view word, std::span<const std::string_view> among)
{
    auto away = [&](std::string_view name) { return plain_distance(to_lower(word), to_lower(name)); };
    auto best = std::ranges::min_element(among, {}, away);        // the first of those
    return away(*best) <= std::max<std::size_t>(word.size() / 3, 1) ? std::optional{*best} : std::nullopt;
}

TEST(NearestName, IsTheOneOfTheDefinitionWhateverWasLeftOut)
{
    std::mt19937 random{2024};
    auto keywords = names_in(client_keywords());
    auto any = [&](std::size_t count) { return random() % count; };
    auto letter = [&] { return static_cast<char>("abenrstOPU_1"[any(12)]); };
    for (int round = 0; round < 300; ++round) {
        std::string word{keywords[any(keywords.size())]};
        for (auto changes = any(word.size() / 2 + 2); changes > 0 && word.size() > 1; --changes) {
            auto at = any(word.size() - 1);
            switch (any(4)) {
            case 0: word[at] = letter(); break;
            case 1: word.erase(at, 1); break;
            case 2: word.insert(at, 1, letter()); break;
            case 3: std::swap(word[at], word[at + 1]); break;
            }
        }
        EXPECT_EQ(nearest_name(word, keywords), by_definition(word, keywords)) << word;
    }
}

} // namespace
} // namespace nacre
