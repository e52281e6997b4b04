#include "config/forward.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

std::string normal_form(std::string_view specification, ForwardKind kind)
{
    auto forward = parse_forward(specification, kind);
    return forward ? to_text(*forward) : "error";
}

TEST(Forward, ReadsTheCommandLinesForms)
{
    EXPECT_EQ(normal_form("8080:host:80", ForwardKind::local), "8080 [host]:80");
    EXPECT_EQ(normal_form("localhost:8080:host:80", ForwardKind::local), "[localhost]:8080 [host]:80");
    EXPECT_EQ(normal_form(":8080:host:80", ForwardKind::local), "[*]:8080 [host]:80");
    EXPECT_EQ(normal_form("*:8080:[::1]:80", ForwardKind::local), "[*]:8080 [::1]:80");
    EXPECT_EQ(normal_form("[::1]:8080:host:80", ForwardKind::local), "[::1]:8080 [host]:80");
    EXPECT_EQ(normal_form("/a/b:/c/d", ForwardKind::local), "/a/b /c/d");
    EXPECT_EQ(normal_form("8080:/c/d", ForwardKind::local), "8080 /c/d");
    EXPECT_EQ(normal_form("/a/b:host:80", ForwardKind::remote), "/a/b [host]:80");
    EXPECT_EQ(normal_form("0:host:80", ForwardKind::remote), "0 [host]:80");
    EXPECT_EQ(normal_form("1080", ForwardKind::dynamic), "1080");
    EXPECT_EQ(normal_form("[::1]:1080", ForwardKind::dynamic), "[::1]:1080");
    EXPECT_EQ(normal_form("1080", ForwardKind::remote), "1080");
    EXPECT_EQ(normal_form("localhost:1080", ForwardKind::remote), "[localhost]:1080");
}

TEST(Forward, OneWordOfAFileIsTheCommandLinesForm)
{
    for (std::string word : {"8080:/c/d", "/a/b:/c/d", "/a/b:host:80", "8080:host:80"}) {
        auto forward = parse_forward(std::span<const std::string>{&word, 1}, ForwardKind::remote);
        ASSERT_TRUE(forward) << word;
        EXPECT_TRUE(forward->connect) << word;
    }
    std::string path = "/a/b";
    auto socks = parse_forward(std::span<const std::string>{&path, 1}, ForwardKind::remote);
    EXPECT_TRUE(socks && socks->listen.path == path && !socks->connect);
}

TEST(Forward, RefusesTheRest)
{
    for (auto text : {"", "8080", "host:80", "0:host:80", "8080:host", "65536:host:80", "8080:host:0", "8080::80",
                      "a:b:c:d:e", "[::1:8080:host:80", "8080:host:80]", "x:host:80"})
        EXPECT_EQ(normal_form(text, ForwardKind::local), "error") << text;
    for (auto text : {"", "x", "0", "a:b:c", "/a"})
        EXPECT_EQ(normal_form(text, ForwardKind::dynamic), "error") << text;
}

} // namespace
} // namespace nacre
