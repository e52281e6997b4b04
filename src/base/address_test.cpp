#include "base/address.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(Address, IsReadAndPrintedInItsCanonicalForm)
{
    const std::pair<const char*, const char*> forms[]{
        {"192.0.2.1", "192.0.2.1"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
        {"fe80::1%eth0.7", "fe80::1%eth0.7"},
    };
    for (auto& [text, canonical] : forms) {
        auto address = parse_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(to_text(*address), canonical);
    }
}

TEST(Address, RefusesWhatIsNotOne)
{
    for (auto text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.-4", " 1.2.3.4", "0x7f.1.1.1", "host",
                      ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::",
                      "1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "fe80::1%", "fe80::1%a/b", "[::1]", ":1::", "::1:"})
        EXPECT_FALSE(parse_address(text)) << text;
}

TEST(Address, MappedOnesBecomeIPv4)
{
    EXPECT_EQ(to_text(without_mapping(*parse_address("::ffff:10.1.2.3"))), "10.1.2.3");
    EXPECT_EQ(to_text(without_mapping(*parse_address("::10.1.2.3"))), "::a01:203");
}

TEST(Network, ContainsWhatItsPrefixCovers)
{
    auto network = parse_network("10.0.0.0/8").value().value();
    EXPECT_TRUE(network.contains(*parse_address("10.255.255.254")));
    EXPECT_FALSE(network.contains(*parse_address("11.0.0.0")));
    EXPECT_FALSE(network.contains(*parse_address("::ffff:10.0.0.1")));
    EXPECT_TRUE(parse_network("0.0.0.0/0").value().value().contains(*parse_address("1.2.3.4")));
    EXPECT_TRUE(parse_network("2000:80::/25").value().value().contains(*parse_address("2000:ff::1")));
}

TEST(Network, RefusesMasksThatDoNotFit)
{
    for (auto text : {"10.0.1.0/8", "10.0.0.1/24", "2000:aa:bb:01::/56", "10.0.0.0/33", "::/129", "10.0.0.0/",
                      "10.0.0.0/-1", "10.0.0.0/8x"})
        EXPECT_FALSE(parse_network(text)) << text;
    for (auto text : {"host.example.com", "*.example.com", "10.0.0", ""}) {
        auto network = parse_network(text);
        ASSERT_TRUE(network) << text;
        EXPECT_FALSE(*network) << text;
    }
}

TEST(AddressList, NegationWinsAndNamesAreNotAddresses)
{
    constexpr auto list = "192.168.0.0/16,!192.168.30.0/24,10.0.0.0/8,host.example.com";
    auto match = [&](const char* address) { return match_address_list(address, list).value(); };
    EXPECT_EQ(match("192.168.0.1"), PatternMatch::yes);
    EXPECT_EQ(match("192.168.30.1"), PatternMatch::negated);
    EXPECT_EQ(match("19.0.0.1"), PatternMatch::none);
    EXPECT_EQ(match("10.255.255.254"), PatternMatch::yes);
    EXPECT_EQ(match("host.example.com"), PatternMatch::yes);
    EXPECT_EQ(match_address_list("10.1.2.3", "10.1.*").value(), PatternMatch::yes);
    EXPECT_EQ(match_address_list("UNKNOWN", "0.0.0.0/0,::/0").value(), PatternMatch::none);
}

TEST(AddressList, ReportsMalformedEntriesEvenBehindAMatch)
{
    EXPECT_FALSE(match_address_list("10.0.0.1", "10.0.0.1,10.0.0.1/24"));
    EXPECT_FALSE(match_address_list("10.0.0.1", "!10.0.0.1,10.0.0.1/24"));
    EXPECT_FALSE(check_address_list("10.0.0.1,,::1"));
    EXPECT_TRUE(check_address_list("10.0.0.1,!*.example.com"));
}

TEST(NetworkList, TakesNetworksAlone)
{
    EXPECT_TRUE(match_network_list("10.1.1.1", "::1,10.0.0.0/8").value());
    EXPECT_FALSE(match_network_list("11.1.1.1", "::1,10.0.0.0/8").value());
    EXPECT_FALSE(match_network_list("10.1.1.1", "10.*"));
    EXPECT_FALSE(match_network_list("10.1.1.1", "10.1.1.1,!::1"));
}

} // namespace
} // namespace nacre
