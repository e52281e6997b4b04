#include "client/canonical_name.h"

#include <gtest/gtest.h>

#include <map>

namespace nacre {
namespace {

class CanonicalNameTest : public ::testing::Test {
protected:
    std::string canonical(std::string host)
    {
        options_.host_name = std::move(host);
        asked_.clear();
        NoLog log;
        auto name = canonical_name(options_, [this](const std::string& wanted) { return look_up(wanted); }, log);
        return name ? *name : "error: " + name.error().what;
    }

    Result<Resolved> look_up(const std::string& host)
    {
        asked_.push_back(host);
        auto found = zone_.find(host);
        if (found == zone_.end())
            return system_failure("no such host");
        return Resolved{.addresses = {{}}, .canonical_name = found->second};
    }

    ClientOptions options_;
    std::map<std::string, std::string> zone_{{"www.example.org.", "www.example.org"},
                                             {"mail.example.net.", "mx.example.net"},
                                             {"alias", "Target.Example.Com"}};
    std::vector<std::string> asked_;
};

TEST_F(CanonicalNameTest, AsksNobodyUnlessWanted)
{
    options_.canonical_domains = {"example.org"};
    EXPECT_EQ(canonical("www"), "www");
    EXPECT_EQ(canonical("127.1"), "127.0.0.1");
    options_.canonicalize_hostname = Canonicalize::yes;
    options_.proxy_jump = "gate";
    EXPECT_EQ(canonical("www"), "www");
    EXPECT_TRUE(asked_.empty());
    options_.canonicalize_hostname = Canonicalize::always;
    EXPECT_EQ(canonical("www"), "www.example.org");
}

TEST_F(CanonicalNameTest, TriesTheDomainsInOrder)
{
    options_.canonicalize_hostname = Canonicalize::yes;
    options_.canonical_domains = {"example.com", "example.org", "example.net"};
    EXPECT_EQ(canonical("www"), "www.example.org");
    EXPECT_EQ(asked_, (std::vector<std::string>{"www.example.com.", "www.example.org."}));
    EXPECT_EQ(canonical("nowhere"), "nowhere");
    EXPECT_EQ(canonical("www.example.org."), "www.example.org");
    EXPECT_EQ(canonical("a.b.c"), "a.b.c");
    EXPECT_TRUE(asked_.empty()) << "more dots than CanonicalizeMaxDots";
    options_.canonicalize_fallback_local = false;
    EXPECT_EQ(canonical("nowhere"), "error: ssh: Could not resolve host \"nowhere\"");
}

TEST_F(CanonicalNameTest, FollowsPermittedAliasesOnly)
{
    options_.canonicalize_hostname = Canonicalize::yes;
    options_.canonical_domains = {"example.net"};
    EXPECT_EQ(canonical("mail"), "mail.example.net");
    options_.canonicalize_permitted_cnames = {{"*.example.net", "*.example.org"}};
    EXPECT_EQ(canonical("mail"), "mail.example.net");
    options_.canonicalize_permitted_cnames.push_back({"mail.*", "mx.example.net"});
    EXPECT_EQ(canonical("mail"), "mx.example.net");
    options_.canonicalize_hostname = Canonicalize::no;
    options_.canonicalize_permitted_cnames = {{"alias", "*.example.com"}};
    EXPECT_EQ(canonical("alias"), "target.example.com");
}

} // namespace
} // namespace nacre
