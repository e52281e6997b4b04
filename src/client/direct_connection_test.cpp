#include "client/direct_connection.h"

#include <gtest/gtest.h>

#include <cerrno>

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
