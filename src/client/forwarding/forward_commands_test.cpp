#include "client/forwarding/forward_commands.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

template <class T>
T parsed(std::string_view line)
{
    auto command = parse_forward_command(line);
    EXPECT_TRUE(command && std::holds_alternative<T>(*command)) << line;
    return command && std::holds_alternative<T>(*command) ? std::get<T>(*command) : T{};
}

TEST(ForwardCommands, AddWithOrWithoutADash)
{
    for (auto line : {"-L8080:host:80", "L 8080:host:80", "  -L   8080:host:80 "}) {
        auto command = parsed<AddForward>(line);
        EXPECT_EQ(command.kind, ForwardKind::local);
        EXPECT_EQ(command.forward.listen.port, 8080);
        EXPECT_EQ(command.forward.connect->host, "host");
    }
    EXPECT_EQ(parsed<AddForward>("-R0:host:80").kind, ForwardKind::remote);
    EXPECT_EQ(parsed<AddForward>("-D [::1]:1080").forward.listen.host, "::1");
}

TEST(ForwardCommands, CancelByTheListeningEnd)
{
    EXPECT_EQ(parsed<CancelForward>("-KR 2222").listen.port, 2222);
    EXPECT_EQ(parsed<CancelForward>("KL 127.0.0.1:8080").listen.host, "127.0.0.1");
    EXPECT_EQ(parsed<CancelForward>("-KD1080").kind, ForwardKind::dynamic);
    EXPECT_EQ(parsed<CancelForward>("-KL /run/socket").listen.path, "/run/socket");
}

TEST(ForwardCommands, HelpAndLocalCommands)
{
    parsed<ShowHelp>("?");
    parsed<ShowHelp>("-h");
    parsed<ShowHelp>("");
    EXPECT_EQ(parsed<RunLocally>("! date ").command, "date");
}

TEST(ForwardCommands, RefuseTheRest)
{
    for (auto line : {"-X", "-K", "-KX 1", "-L", "-L 80", "-KL", "-KL nonsense", "-D 70000", "L 1:2:3:4:5"})
        EXPECT_FALSE(parse_forward_command(line)) << line;
}

} // namespace
} // namespace nacre
