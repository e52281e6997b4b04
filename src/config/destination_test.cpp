#include "config/destination.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(Destination, ReadsHopsAndAddresses)
{
    EXPECT_EQ(parse_hop("host").value(), (Destination{"", "host", std::nullopt}));
    EXPECT_EQ(parse_hop("u@host:22").value(), (Destination{"u", "host", 22}));
    EXPECT_EQ(parse_hop("a@b@host").value(), (Destination{"a@b", "host", std::nullopt}));
    EXPECT_EQ(parse_hop("[::1]:99").value(), (Destination{"", "::1", 99}));
    EXPECT_EQ(parse_hop("::1").value(), (Destination{"", "::1", std::nullopt}));
    EXPECT_EQ(parse_uri("ssh://u@h:5/").value(), (Destination{"u", "h", 5}));
    EXPECT_EQ(parse_uri("SSH://some%20user;fingerprint=x@h").value(), (Destination{"some user", "h", std::nullopt}));
    for (auto text : {"", "@host", "u@", "host:", "host:0", "host:65536", "host:2x", "a:b:c", "[::1", "[::1]x"})
        EXPECT_FALSE(parse_hop(text)) << text;
    for (auto text : {"ssh://h/path", "http://h", "ssh://h%2", "ssh://h%00", "ssh://"})
        EXPECT_FALSE(parse_uri(text)) << text;
}

TEST(Destination, IsWrittenAsAHop)
{
    EXPECT_EQ(to_text(parse_uri("ssh://u@h:22").value()), "u@h:22");
    EXPECT_EQ(to_text(Destination{"", "::1", 5}), "[::1]:5");
}

TEST(Destination, RefusesNamesThatAShellWouldReadFurther)
{
    for (auto host : {"", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a`b", "a\nb", "a'b", "a\\b", "a{b,c}"})
        EXPECT_FALSE(check_host_name(host)) << host;
    for (auto user : {"", "-l", "a;b", "$(x)", "$HOME", "a$b", "x$IFS-oA=b", "a\nb", "a'b", "a\\", "a -b"})
        EXPECT_FALSE(check_user_name(user)) << user;
    EXPECT_TRUE(check_host_name("host.example.org"));
    EXPECT_TRUE(check_host_name("fe80::1%eth0"));
    EXPECT_TRUE(check_user_name("DOMAIN\\user"));
    EXPECT_TRUE(check_user_name("MACHINE$"));
    EXPECT_TRUE(check_user_name("first.last@example.org"));
}

} // namespace
} // namespace nacre
