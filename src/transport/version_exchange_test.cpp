#include "transport/version_exchange.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

Result<std::optional<std::string>> given(Role role, std::string_view text)
{
    Buffer in;
    in.append(as_bytes(text));
    return VersionExchange{role}.receive(in);
}

TEST(VersionExchange, TakesTheLineWithEitherEnd)
{
    EXPECT_EQ(given(Role::server, "SSH-2.0-x y\r\nrest").value(), "SSH-2.0-x y");
    EXPECT_EQ(given(Role::server, "SSH-2.0-x y\nrest").value(), "SSH-2.0-x y");
    EXPECT_EQ(given(Role::client, "SSH-1.99-old\r\n").value(), "SSH-1.99-old");
}

TEST(VersionExchange, WaitsForTheWholeLine)
{
    EXPECT_EQ(given(Role::server, "SS").value(), std::nullopt);
    EXPECT_EQ(given(Role::server, "SSH-2.0-x\r").value(), std::nullopt);
}

TEST(VersionExchange, AClientIsGreetedFirstAServerIsNot)
{
    EXPECT_EQ(given(Role::client, "Welcome!\r\nto us\nSSH-2.0-x\r\n").value(), "SSH-2.0-x");
    EXPECT_FALSE(given(Role::server, "GET / HTTP/1.1\r\n"));
    EXPECT_FALSE(given(Role::server, "\n"));
}

TEST(VersionExchange, KeepsTheBeginningOfTheGreeting)
{
    Buffer in;
    std::string text = "Exceeded MaxStartups\r\n" + std::string(1000, 'x') + "\n";
    for (int i = 0; i < 20; ++i)
        text += "more\n";
    in.append(as_bytes(text));
    VersionExchange exchange{Role::client};
    EXPECT_EQ(exchange.receive(in).value(), std::nullopt);
    ASSERT_EQ(exchange.greeting().size(), VersionExchange::most_kept_lines);
    EXPECT_EQ(exchange.greeting()[0], "Exceeded MaxStartups");
    EXPECT_EQ(exchange.greeting()[1].size(), VersionExchange::longest_kept_line);
}

TEST(VersionExchange, OtherProtocolsAreRefusedByName)
{
    auto refused = given(Role::server, "SSH-1.5-HALLO\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, DisconnectReason::protocol_version_not_supported);
    EXPECT_NE(refused.error().what.find("1.5"), std::string::npos);
    EXPECT_FALSE(given(Role::server, "SSH-2.0\n"));
}

TEST(VersionExchange, LengthsAreBounded)
{
    EXPECT_TRUE(given(Role::server, "SSH-2.0-" + std::string(245, 'x') + "\n"));
    EXPECT_FALSE(given(Role::server, "SSH-2.0-" + std::string(300, 'x')));
    EXPECT_FALSE(given(Role::client, std::string(9000, 'x')));
    std::string lines;
    for (int i = 0; i < 2000; ++i)
        lines += "x\n";
    EXPECT_FALSE(given(Role::client, lines));
}

} // namespace
} // namespace nacre
