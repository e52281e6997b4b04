#include "client/direct_connection.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

#include "os/system_error.h"

namespace nacre {
namespace {

FailedConnect failed(std::string_view host, int why, std::string_view what = "connect")
{
    return {*numeric_address(host, 22), errno_failure(what, why).error()};
}

std::string described(std::vector<FailedConnect> failures)
{
    ClientOptions options;
    options.host_name = "pearl";
    return describe_failures(options, failures);
}

TEST(AddressOfInterface, IsTheFirstOfTheFamilyThatOthersKnow)
{
    std::vector<InterfaceAddress> all;
    for (auto [name, host] : {std::pair{"lo", "127.0.0.1"}, {"lo", "::1"}, {"eth0", "fe80::1%1"},
                              {"eth0", "192.0.2.7"}, {"eth0", "192.0.2.8"}, {"eth0", "2001:db8::7"},
                              {"eth1", "127.0.0.1"}, {"eth1", "192.0.2.9"}})
        if (auto address = numeric_address(host, 0))              // a scope is known where it exists
            all.push_back({name, *address});
    auto chosen = [&](std::string_view name, IpFamily family) {
        auto found = address_of_interface(all, name, family);
        return found ? found->host : "none";
    };
    EXPECT_EQ(chosen("eth0", IpFamily::v4), "192.0.2.7");
    EXPECT_EQ(chosen("eth0", IpFamily::v6), "2001:db8::7");
    EXPECT_EQ(chosen("eth1", IpFamily::v4), "192.0.2.9");
    EXPECT_EQ(chosen("lo", IpFamily::v4), "127.0.0.1");
    EXPECT_EQ(chosen("lo", IpFamily::v6), "::1");
    EXPECT_EQ(chosen("eth1", IpFamily::v6), "none");
    EXPECT_EQ(chosen("eth", IpFamily::v4), "none");
}

TEST(DescribeFailures, OneAddressIsOneLine)
{
    EXPECT_EQ(described({failed("192.0.2.1", ECONNREFUSED)}), "ssh: connect to host pearl port 22: Connection refused");
}

TEST(DescribeFailures, SeveralAddressesAreGroupedByReason)
{
    EXPECT_EQ(described({failed("192.0.2.1", ECONNREFUSED), failed("2001:db8::1", EADDRNOTAVAIL, "bind to [::5]:0"),
                         failed("192.0.2.2", ECONNREFUSED)}),
              "ssh: connect to host pearl port 22: Connection refused\n"
              "  192.0.2.1, 192.0.2.2: Connection refused\n"
              "  2001:db8::1: bind to [::5]:0: Cannot assign requested address");
}

TEST(DescribeFailures, ManyAddressesAreCounted)
{
    std::vector<FailedConnect> failures;
    for (int i = 1; i <= 20; ++i)
        failures.push_back(failed("192.0.2." + std::to_string(i), ETIMEDOUT));
    auto text = described(failures);
    EXPECT_NE(text.find("192.0.2.8 and 12 more: Connection timed out"), std::string::npos) << text;
}

} // namespace
} // namespace nacre
