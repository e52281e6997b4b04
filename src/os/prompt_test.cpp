// A child has a pty as its own terminal; the test is the person.
#include "os/prompt.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>

#include "os/askpass.h"
#include "os/process.h"
#include "os/pty.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

struct Person {
    Pty pty;
    int pid = 0;

    // What the screen shows, up to and including `text`.
    std::string wait_for(std::string_view text)
    {
        std::string shown;
        while (!shown.ends_with(text)) {
            std::array<std::uint8_t, 1> one{};
            auto io = read_some(pty.master.number(), one);
            if (!io || io->end)
                return shown + "<end>";
            shown += static_cast<char>(one[0]);
        }
        return shown;
    }
    void type(std::string_view keys) { (void)write_all(pty.master.number(), as_bytes(keys)); }
    int outcome()
    {
        int raw = 0;
        ::waitpid(pid, &raw, 0);
        return WIFEXITED(raw) ? WEXITSTATUS(raw) : 1000 + WTERMSIG(raw);
    }
    bool echoes()
    {
        termios settings{};
        ::tcgetattr(pty.slave.number(), &settings);
        return (settings.c_lflag & ECHO) != 0;
    }
};

Person sit_before(const std::function<int()>& program)
{
    Person person{*open_pty()};
    person.pid = ::fork();
    if (person.pid == 0) {
        ::setsid();
        (void)make_controlling_terminal(person.pty.slave.number());
        ::_exit(program());
    }
    return person;
}

int expect_answer(std::string_view wanted, Echo echo)
{
    auto answer = read_passphrase("Password: ", echo);
    return answer && *answer && (**answer).text() == wanted ? 0 : 1;
}

TEST(Passphrase, IsReadWithoutEcho)
{
    auto person = sit_before([] { return expect_answer("secret", Echo::off); });
    EXPECT_EQ(person.wait_for("Password: "), "Password: ");
    EXPECT_FALSE(person.echoes());
    person.type("secrex\177t\n");                                 // the line can be edited
    EXPECT_EQ(person.wait_for("\n"), "\r\n");
    EXPECT_EQ(person.outcome(), 0);
    EXPECT_TRUE(person.echoes());
}

TEST(Passphrase, IsShownWhereAsked)
{
    auto person = sit_before([] { return expect_answer("yes", Echo::on); });
    person.wait_for("Password: ");
    person.type("yes\n");
    EXPECT_EQ(person.wait_for("\n"), "yes\r\n");
    EXPECT_EQ(person.outcome(), 0);
}

TEST(Passphrase, EndOfFileIsNoAnswer)
{
    auto person = sit_before([] {
        auto answer = read_passphrase("Password: ");
        return answer && !*answer ? 0 : 1;
    });
    person.wait_for("Password: ");
    person.type("\4");
    EXPECT_EQ(person.outcome(), 0);
}

TEST(Passphrase, InterruptPutsTheTerminalRightAndKills)
{
    auto person = sit_before([] { return read_passphrase("Password: ") ? 0 : 1; });
    person.wait_for("Password: ");
    person.type("half\3");
    EXPECT_EQ(person.outcome(), 1000 + SIGINT);
    EXPECT_TRUE(person.echoes());
}

TEST(Passphrase, AsksAgainAfterBeingStopped)
{
    // A session leader's orphaned group is not stopped by the terminal, so a handler stands for the stop.
    auto person = sit_before([] {
        struct sigaction action{};
        action.sa_handler = [](int) {};
        ::sigaction(SIGTSTP, &action, nullptr);
        return expect_answer("later", Echo::off);
    });
    person.wait_for("Password: ");
    person.type("\32");
    person.wait_for("Password: ");
    person.type("later\n");
    EXPECT_EQ(person.outcome(), 0);
}

TEST(Passphrase, WithoutATerminalIsAnError)
{
    auto forked = fork_process();
    ASSERT_TRUE(forked);
    if (forked->side == ForkSide::child) {
        ::setsid();
        exit_now(read_passphrase("?") ? 1 : 0);
    }
    EXPECT_TRUE(forked->child.wait()->success());
}

TEST(SecretLine, GivesUpALineWithoutAnEnd)
{
    Fd zeros{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
    auto line = read_secret_line(zeros.number(), 16);
    ASSERT_TRUE(line && *line);
    EXPECT_EQ((*line)->text(), std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
}

TEST(SecretLine, TakesOneLineAndLeavesTheRest)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    ASSERT_TRUE(write_all(pipe->writer.number(), as_bytes("first\r\n\nthird")));
    pipe->writer.close();
    EXPECT_EQ((**read_secret_line(pipe->reader.number())).text(), "first");
    EXPECT_EQ((**read_secret_line(pipe->reader.number())).text(), "");
    EXPECT_EQ((**read_secret_line(pipe->reader.number(), 3)).text(), "thi");
    EXPECT_FALSE(read_secret_line(pipe->reader.number())->has_value());
}

TEST(Askpass, FollowsTheVariables)
{
    auto choose = [](std::string_view require, bool display, bool terminal, std::string_view program = "/x") {
        Environment environment;
        environment.set("SSH_ASKPASS", program);
        environment.set("SSH_ASKPASS_REQUIRE", require);
        if (display)
            environment.set("WAYLAND_DISPLAY", "w");
        return choose_prompt(askpass_settings(environment, ""), terminal);
    };
    using enum PromptWith;
    EXPECT_EQ(choose("", true, true), terminal);
    EXPECT_EQ(choose("", true, false), program);
    EXPECT_EQ(choose("", false, false), nothing);
    EXPECT_EQ(choose("never", true, false), nothing);
    EXPECT_EQ(choose("prefer", true, true), program);
    EXPECT_EQ(choose("prefer", false, true), terminal);
    EXPECT_EQ(choose("force", false, true), program);
    EXPECT_EQ(choose("FORCE", false, true, ""), terminal);
}

TEST(Askpass, ReadsTheProgramsAnswer)
{
    auto folder = make_temporary_directory("/tmp/nacre-askpass-");
    ASSERT_TRUE(folder);
    AskpassSettings settings;
    settings.program = *folder + "/ask";
    auto script = "#!/bin/sh\n[ \"$1\" = refuse ] && exit 1\n[ \"$1\" = empty ] && exit 0\n"
                  "echo \"$1 $SSH_ASKPASS_PROMPT\"\necho more\n";
    ASSERT_TRUE(create_file(settings.program, as_bytes(script), 0700));
    auto answer = ask_with_program(settings, "the prompt");
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((**answer).text(), "the prompt ");
    auto confirm = ask_with_program(settings, "sure?", PromptKind::confirm);
    ASSERT_TRUE(confirm && *confirm);
    EXPECT_EQ((**confirm).text(), "sure? confirm");
    auto empty = ask_with_program(settings, "empty");
    ASSERT_TRUE(empty && *empty);
    EXPECT_TRUE((**empty).empty());
    auto refused = ask_with_program(settings, "refuse");
    ASSERT_TRUE(refused);
    EXPECT_FALSE(*refused);
    ::unlink(settings.program.c_str());
    EXPECT_FALSE(ask_with_program(settings, "gone"));
    ::rmdir(folder->c_str());
}

} // namespace
} // namespace nacre
