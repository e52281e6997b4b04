#include "client/forwarding/x11_display.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(X11Display, NamesASocketOrAPort)
{
    auto local = parse_display(":10.1").value();
    EXPECT_EQ(local.target.path, "/tmp/.X11-unix/X10");
    EXPECT_EQ(local.screen, 1U);
    EXPECT_EQ(local.for_xauth, ":10.1");
    EXPECT_EQ(parse_display("unix:0")->target.path, "/tmp/.X11-unix/X0");

    auto remote = parse_display("x.example.org:2").value();
    EXPECT_EQ(remote.target.host, "x.example.org");
    EXPECT_EQ(remote.target.port, 6002);
    EXPECT_EQ(parse_display("[::1]:0")->target.host, "::1");
    EXPECT_EQ(parse_display("localhost:10.0")->for_xauth, "unix:10.0");
}

TEST(X11Display, RefusesWhatIsNone)
{
    for (auto text : {"", "host", ":", ":x", ":0.x", ":65000", "-display:0", "a b:0", ":0;reboot", ":-1"})
        EXPECT_FALSE(parse_display(text)) << text;
}

TEST(X11Display, ReadsTheLinesOfXauth)
{
    auto cookie = parse_xauth_line("host/unix:0  MIT-MAGIC-COOKIE-1  00ff10");
    ASSERT_TRUE(cookie);
    EXPECT_EQ(cookie->protocol, "MIT-MAGIC-COOKIE-1");
    EXPECT_EQ(to_hex(cookie->cookie.bytes()), "00ff10");
    for (auto line : {"", "one two", "a b zz", "a b 0", "a b"})
        EXPECT_FALSE(parse_xauth_line(line)) << line;
}

} // namespace
} // namespace nacre
