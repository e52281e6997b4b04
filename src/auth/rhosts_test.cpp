#include "auth/rhosts.h"

#include <gtest/gtest.h>

#include <string>

namespace nacre {
namespace {

class SomeNetgroups final : public Netgroups {
public:
    bool has_host(std::string_view group, std::string_view host) const override
    {
        return group == "machines" && (host == "here.example" || host == "192.0.2.7");
    }
    bool has_user(std::string_view group, std::string_view user) const override
    {
        return group == "people" && user == "joe";
    }
};

RhostsVerdict verdict(std::string_view text, RhostsQuestion question = {"here.example", "192.0.2.1", "joe", "joe"})
{
    return search_rhosts(text, question, SomeNetgroups{}).verdict;
}

constexpr auto allowed = RhostsVerdict::allowed;
constexpr auto refused = RhostsVerdict::refused;
constexpr auto no_line = RhostsVerdict::no_line;

TEST(Rhosts, AHostAloneMeansItsUserOfTheSameName)
{
    EXPECT_EQ(verdict("here.example\n"), allowed);
    EXPECT_EQ(verdict("HERE.Example"), allowed);
    EXPECT_EQ(verdict("192.0.2.1"), allowed);
    EXPECT_EQ(verdict("here.example", {"here.example", "192.0.2.1", "mary", "joe"}), no_line);
    EXPECT_EQ(verdict("there.example"), no_line);
    EXPECT_EQ(verdict(""), no_line);
}

TEST(Rhosts, ASecondWordNamesTheUserOfThatHost)
{
    RhostsQuestion mary{"here.example", "192.0.2.1", "mary", "joe"};
    EXPECT_EQ(verdict("  here.example\tmary  \r", mary), allowed);
    EXPECT_EQ(verdict("here.example joe", mary), no_line);
    EXPECT_EQ(verdict("here.example Mary", mary), no_line);
    EXPECT_EQ(verdict("+here.example +mary", mary), allowed);
}

TEST(Rhosts, AMinusRefusesAndTheFirstLineThatFitsDecides)
{
    EXPECT_EQ(verdict("-here.example\nhere.example"), refused);
    EXPECT_EQ(verdict("here.example -joe\nhere.example"), refused);
    EXPECT_EQ(verdict("here.example\n-here.example"), allowed);
    EXPECT_EQ(verdict("-there.example\nhere.example"), allowed);
    auto answer = search_rhosts("# x\n\n-there.example\nhere.example\n", {"here.example", "", "joe", "joe"}, SomeNetgroups{});
    EXPECT_EQ(answer.line, 4u);
}

TEST(Rhosts, NothingMeansEverybody)
{
    for (auto text : {"+", "+ +", "+ joe", "here.example +", "-", "@", "+@", "here.example -@", "*", "*.example"})
        EXPECT_EQ(verdict(text), no_line) << text;
}

TEST(Rhosts, NetgroupsHoldHostsAndUsers)
{
    EXPECT_EQ(verdict("+@machines"), allowed);
    EXPECT_EQ(verdict("@machines"), allowed);
    EXPECT_EQ(verdict("-@machines"), refused);
    EXPECT_EQ(verdict("+@machines +@people"), allowed);
    EXPECT_EQ(verdict("+@machines -@people"), refused);
    EXPECT_EQ(verdict("+@machines +@strangers"), no_line);
    EXPECT_EQ(verdict("+@others"), no_line);
    EXPECT_EQ(verdict("@machines", {"x.example", "192.0.2.7", "joe", "joe"}), allowed);
}

TEST(Rhosts, LinesThatAreNoneArePassedOver)
{
    EXPECT_EQ(verdict("#here.example\n # here.example\nNO_PLUS here\n"), no_line);
    EXPECT_EQ(verdict("here.example joe more"), no_line);
    EXPECT_EQ(verdict(std::string{"here.example\0", 13}), no_line);
    EXPECT_EQ(verdict("here.example" + std::string(longest_rhosts_line, ' ')), no_line);
    EXPECT_EQ(verdict(std::string(3000, 'x') + "\nhere.example"), allowed);
}

} // namespace
} // namespace nacre
