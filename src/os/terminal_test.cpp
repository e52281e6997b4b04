#include "os/terminal.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <unistd.h>

#include "os/pty.h"

namespace nacre {
namespace {

termios settings_of(int fd)
{
    termios settings{};
    ::tcgetattr(fd, &settings);
    return settings;
}

std::uint32_t value_of(const TerminalModeValues& modes, std::uint8_t opcode)
{
    auto found = std::ranges::find(modes, opcode, &std::pair<std::uint8_t, std::uint32_t>::first);
    return found == modes.end() ? 9999 : found->second;
}

TEST(PseudoTerminal, HasAWindowAndAnOwner)
{
    auto pty = open_pty();
    ASSERT_TRUE(pty);
    EXPECT_TRUE(pty->name.starts_with("/dev/pts/"));
    EXPECT_TRUE(is_terminal(pty->slave.number()));
    WindowSize size{132, 43, 800, 70000};
    ASSERT_TRUE(set_window_size(pty->master.number(), size));
    EXPECT_EQ(*window_size(pty->slave.number()), (WindowSize{132, 43, 800, 65535}));
    ASSERT_TRUE(give_pty(*pty, ::getuid(), ::getgid()));
    struct stat facts{};
    ASSERT_EQ(::fstat(pty->slave.number(), &facts), 0);
    EXPECT_EQ(facts.st_uid, ::getuid());
    EXPECT_EQ(facts.st_mode & 0707, 0600U);
    if (::geteuid() == 0) {
        ASSERT_TRUE(give_pty(*pty, 65534, 65534));
        ASSERT_EQ(::fstat(pty->slave.number(), &facts), 0);
        EXPECT_EQ(facts.st_uid, 65534U);
        ASSERT_TRUE(take_back_pty(pty->name));
        ASSERT_EQ(::fstat(pty->slave.number(), &facts), 0);
        EXPECT_EQ(facts.st_uid, 0U);
    }
}

TEST(RawMode, IsUndoneByLeavingAndByDestruction)
{
    auto pty = open_pty();
    ASSERT_TRUE(pty);
    int fd = pty->slave.number();
    auto before = settings_of(fd);
    {
        auto raw = RawTerminal::enter(fd);
        ASSERT_TRUE(raw);
        EXPECT_EQ(settings_of(fd).c_lflag & (ICANON | ECHO | ISIG), 0U);
        raw->leave();
        EXPECT_EQ(settings_of(fd).c_lflag, before.c_lflag);
        ASSERT_TRUE(raw->enter_again());
        RawTerminal moved = *std::move(raw);
        EXPECT_EQ(settings_of(fd).c_lflag & ICANON, 0U);
    }
    auto after = settings_of(fd);
    EXPECT_EQ(after.c_lflag, before.c_lflag);
    EXPECT_EQ(after.c_iflag, before.c_iflag);
    EXPECT_EQ(after.c_oflag, before.c_oflag);
    auto pipe = make_pipe();
    EXPECT_FALSE(RawTerminal::enter(pipe->reader.number()));
}

TEST(TerminalModes, RoundTrip)
{
    auto pty = open_pty();
    ASSERT_TRUE(pty);
    auto settings = settings_of(pty->slave.number());
    ::cfsetispeed(&settings, B9600);
    ::cfsetospeed(&settings, B115200);
    settings.c_cc[VINTR] = 7;
    settings.c_cc[VEOL2] = 0;
    settings.c_iflag ^= IXANY | IUTF8;
    settings.c_cflag = (settings.c_cflag & ~static_cast<tcflag_t>(CSIZE)) | CS7;
    auto modes = terminal_modes(settings);
    EXPECT_EQ(value_of(modes, 1), 7U);
    EXPECT_EQ(value_of(modes, 7), 255U) << "switched off";
    EXPECT_EQ(value_of(modes, 129), 115200U);
    EXPECT_EQ(value_of(modes, 90), 1U);
    EXPECT_EQ(value_of(modes, 91), 0U);
    termios copy = settings_of(pty->slave.number());
    apply_terminal_modes(copy, modes);
    EXPECT_EQ(terminal_modes(copy), modes);
    EXPECT_EQ(copy.c_cflag & CSIZE, CSIZE & CS7);
    ASSERT_TRUE(set_terminal_modes(pty->slave.number(), modes));
    EXPECT_EQ(value_of(*terminal_modes_of(pty->slave.number()), 1), 7U);
}

TEST(TerminalModes, NonsenseIsPassedOver)
{
    auto pty = open_pty();
    ASSERT_TRUE(pty);
    auto settings = settings_of(pty->slave.number());
    auto before = terminal_modes(settings);
    TerminalModeValues nonsense{{1, 70000}, {11, 3}, {99, 1}, {129, 12345}, {255, 1}, {0, 0}};
    apply_terminal_modes(settings, nonsense);
    EXPECT_EQ(terminal_modes(settings), before);
    TerminalModeValues both{{91, 1}, {90, 1}};
    apply_terminal_modes(settings, both);
    EXPECT_EQ(settings.c_cflag & CSIZE, static_cast<tcflag_t>(CS8));
}

} // namespace
} // namespace nacre
