#include "os/process.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "os/privileges.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "support/in_child.h"
#include "support/refuse_call.h"

namespace nacre {
namespace {

SpawnRequest shell(std::string script)
{
    return shell_command(std::move(script), "/bin/sh");
}

std::string output_of(SpawnRequest request)
{
    auto captured = capture(std::move(request), 65536);
    if (!captured)
        return "error: " + captured.error().what;
    return std::string{as_text(captured->output)};
}

TEST(Spawn, TellsCodeFromSignal)
{
    auto child = spawn(shell("exit 7"));
    ASSERT_TRUE(child);
    EXPECT_EQ(*child->wait(), (ExitStatus{7, 0, false}));
    auto killed = spawn(shell("kill -KILL $$"));
    ASSERT_TRUE(killed);
    auto status = killed->wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->signal, SIGKILL);
    EXPECT_FALSE(status->success());
}

TEST(Spawn, CheckDoesNotWaitAndThePidfdDoes)
{
    auto child = spawn({.program = "/bin/sleep", .arguments = {"sleep", "100"}});
    ASSERT_TRUE(child);
    EXPECT_TRUE(child->pidfd().is_open());
    auto running = child->check();
    ASSERT_TRUE(running);
    EXPECT_EQ(*running, std::nullopt);
    ASSERT_TRUE(child->send_signal(SIGTERM));
    EXPECT_EQ(child->wait()->signal, SIGTERM);
    EXPECT_FALSE(child->send_signal(SIGTERM));
}

TEST(Spawn, WithoutPidfdsWhoeverWaitsStillCanAndWhoeverMustWatchIsTold)
{
    EXPECT_TRUE(check_pidfds());
    for (unsigned error : {unsigned{ENOSYS}, unsigned{EPERM}}) {
        int outcome = test::in_child([&] {
            if (!test::refuse_call(SYS_pidfd_open, error))
                return 1;
            auto child = spawn(shell("exit 7"));
            if (!child || child->pidfd() || *child->wait() != ExitStatus{7, 0, false})
                return 2;
            auto checked = check_pidfds();
            auto said = checked ? std::string{} : checked.error().what;
            return said.contains("Linux 5.3") && said.contains("pidfd_open: ") ? 0 : 3;
        });
        EXPECT_EQ(outcome, 0);
    }
}

TEST(Spawn, SaysWhyItCouldNot)
{
    auto missing = spawn({.program = "/nowhere/at/all"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().os_error, ENOENT);
    EXPECT_EQ(missing.error().what, "/nowhere/at/all: No such file or directory");
    SpawnRequest badly_placed = shell("true");
    badly_placed.directory = "/nowhere";
    auto placed = spawn(badly_placed);
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().what, "/bin/sh: working directory: No such file or directory");
    badly_placed.directory_may_fail = true;
    badly_placed.arguments[2] = "pwd";
    EXPECT_EQ(output_of(badly_placed), "/\n");
}

TEST(Spawn, SearchesThePath)
{
    SpawnRequest request{.program = "echo", .search_path = true, .arguments = {"echo", "found"}};
    EXPECT_EQ(output_of(request), "found\n");
    request.program = "no-such-program-anywhere";
    EXPECT_FALSE(spawn(request));
}

TEST(Spawn, TakesWhatTheKernelDoesNotKnowForAScript)
{
    std::string path = "/tmp/nacre-script-" + std::to_string(::getpid());
    ASSERT_TRUE(create_file(path, as_bytes("echo \"$0 got $# of them: $*\"\n"), 0700));
    SpawnRequest request{.program = path, .search_path = true, .arguments = {"name", "one", "two words"}};
    EXPECT_EQ(output_of(request), path + " got 2 of them: one two words\n");
    request.arguments.clear();
    EXPECT_EQ(output_of(request), path + " got 0 of them: \n");
    request.search_path = false;
    auto refused = spawn(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().os_error, ENOEXEC);
    ::unlink(path.c_str());
}

TEST(Spawn, RunsAnOpenedProgramEvenIfItIsGone)
{
    std::string copy = "/tmp/nacre-true-" + std::to_string(::getpid());
    ASSERT_TRUE(spawn({.program = "/bin/cp", .arguments = {"cp", "/bin/echo", copy}})->wait()->success());
    Fd program{::open(copy.c_str(), O_RDONLY | O_CLOEXEC)};
    ASSERT_TRUE(program.is_open());
    ::unlink(copy.c_str());
    SpawnRequest request{.program = copy, .program_fd = program.number(), .arguments = {"echo", "still"}};
    EXPECT_EQ(output_of(request), "still\n");
}

TEST(Spawn, GivesTheNamedEnvironmentOnly)
{
    SpawnRequest request{.program = "/usr/bin/env", .arguments = {"env"}};
    request.environment.emplace();
    request.environment->set("ONLY", "this");
    EXPECT_EQ(output_of(request), "ONLY=this\n");
}

TEST(Spawn, MapsDescriptorsInAnyPermutation)
{
    auto a = make_pipe();
    auto b = make_pipe();
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(write_all(a->writer.number(), as_bytes("A\n")));
    ASSERT_TRUE(write_all(b->writer.number(), as_bytes("B\n")));
    int first = a->reader.number();
    int second = b->reader.number();
    auto request = shell("read x <&" + std::to_string(first) + "; read y <&" + std::to_string(second) + "; echo $x$y");
    request.descriptors = {{first, second}, {second, first}};     // exchanged
    EXPECT_EQ(output_of(request), "BA\n");
}

TEST(Spawn, LeaksNoDescriptor)
{
    std::vector<int> leaky;
    for (int i = 0; i < 5; ++i)
        leaky.push_back(::open("/dev/null", O_RDONLY));           // not close-on-exec
    auto request = SpawnRequest{.program = "/bin/ls", .arguments = {"ls", "/proc/self/fd"}};
    EXPECT_EQ(output_of(request), "0\n1\n2\n3\n");                // 3: ls reading the folder
    for (int fd : leaky)
        ::close(fd);
}

TEST(Spawn, NullStreamsReadAsEnd)
{
    auto request = shell("cat; echo done");
    request.input = null_stream;
    EXPECT_EQ(output_of(request), "done\n");
}

TEST(Spawn, ChildrenHaveDefaultSignalsAndAnEmptyMask)
{
    ignore_broken_pipes();
    SignalsBlocked blocked;
    auto text = output_of({.program = "/bin/grep", .arguments = {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}});
    EXPECT_EQ(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Spawn, PassesOnWhatAPersonsProgramWasStartedWith)
{
    EXPECT_EQ(test::in_child([] {
                  default_all_signals();
                  ignore_signal(SIGHUP);
                  ignore_signal(SIGCHLD);
                  expect_children();
                  pass_on_ignored_signals();
                  ignore_signal(SIGINT);                          // our own wish
                  ignore_broken_pipes();
                  return output_of(shell("grep SigIgn /proc/$$/status")) == "SigIgn:\t0000000000000001\n" ? 0 : 1;
              }),
              0);
}

TEST(Spawn, PassesOnInterruptsOfBackgroundJobsAlone)
{
    for (bool both : {false, true})
        EXPECT_EQ(test::in_child([&] {
                      default_all_signals();
                      ignore_signal(SIGINT);
                      if (both)
                          ignore_signal(SIGQUIT);
                      pass_on_ignored_signals();
                      auto expected = both ? "SigIgn:\t0000000000000006\n" : "SigIgn:\t0000000000000000\n";
                      return output_of(shell("grep SigIgn /proc/$$/status")) == expected ? 0 : 1;
                  }),
                  0);
}

TEST(Spawn, LeadsASessionOfItsOwn)
{
    auto request = shell("read -r pid name state parent group session rest </proc/$$/stat\n"
                         "test $session = $$ && echo leads");
    request.new_session = true;
    EXPECT_EQ(output_of(request), "leads\n");
}

TEST(Spawn, BecomesTheIdentity)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    SpawnRequest request{.program = "/usr/bin/id", .arguments = {"id"}};
    request.identity = Identity{65534, 65534, {65534, 12345}};
    request.directory = "/";
    EXPECT_EQ(output_of(request), "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup),12345\n");
    request.directory = "/root";
    EXPECT_TRUE(output_of(request).starts_with("error: ")) << "chdir must happen as the user";
}

TEST(Spawn, SetsMaskAndNumberOfOpenFiles)
{
    auto hard = output_of(shell("ulimit -Hn"));
    auto request = shell("umask; ulimit -n; ulimit -Hn");
    request.mask = 027;
    request.open_files = 99;
    EXPECT_EQ(output_of(request), "0027\n99\n" + hard);
}

TEST(Spawn, ManagesWithFewOpenFilesWhereMoreAreAllowedAndGivesThemBack)
{
    int outcome = test::in_child([] {
        auto pipe = make_pipe();
        if (!pipe || !set_soft_limit(Limit::open_files, static_cast<std::uint64_t>(pipe->writer.number()) + 4))
            return 1;
        auto request = shell("ulimit -n");
        request.input = null_stream;
        request.error = null_stream;
        request.output = pipe->writer.number();
        int writer = pipe->writer.number();
        request.descriptors = {{writer, writer + 1}, {writer, writer + 2}};
        auto limit = *current_limit(Limit::open_files);
        auto child = spawn(request);
        if (!child)
            return 2;
        pipe->writer.close();
        auto said = read_all(pipe->reader.number(), 100);
        if (!said || as_text(*said) != std::to_string(limit) + "\n" || current_limit(Limit::open_files) != limit)
            return 3;
        // What could not be started has changed nothing.
        request.program = "/nowhere";
        request.descriptors = {{50, 60}};                         // not open
        auto failed = execute(request);
        return failed.nothing_changed && current_limit(Limit::open_files) == limit ? 0 : 4;
    });
    EXPECT_EQ(outcome, 0);
}

TEST(Spawn, AFilterThatRefusesExecveatIsSaidToBeOne)
{
    EXPECT_EQ(test::in_child([] {
                  Fd program{::open("/bin/true", O_RDONLY | O_CLOEXEC)};
                  if (!program || !test::refuse_call(SYS_execveat, EPERM))
                      return 1;
                  auto child = spawn({.program = "sshd-session", .program_fd = program.number()});
                  if (child)
                      return 2;
                  auto& what = child.error().what;
                  return what.starts_with("sshd-session: ") && what.contains("filter lets execveat(2) through: Operation not") ? 0 : 3;
              }),
              0);
}

TEST(Spawn, AChildMayDieWithItsParent)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    auto forked = fork_process();
    ASSERT_TRUE(forked);
    if (forked->side == ForkSide::child) {
        SpawnRequest request{.program = "/bin/sleep", .arguments = {"sleep", "1000"}};   // a shell would fork another
        request.output = pipe->writer.number();
        request.die_with_parent = true;
        exit_now(spawn(request) ? 0 : 1);
    }
    EXPECT_TRUE(forked->child.wait()->success());
    pipe->writer.close();
    auto end = read_all(pipe->reader.number(), 10);               // ends when the grandchild does
    EXPECT_TRUE(end);
}

TEST(ForkSibling, IsTheParentsChild)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    auto forked = fork_process();
    ASSERT_TRUE(forked);
    if (forked->side == ForkSide::child) {
        (void)test::refuse_call(SYS_clone3, ENOSYS);              // as containers do
        auto sibling = fork_sibling();
        if (sibling && *sibling == 0) {
            std::array<std::uint8_t, 1> word{};
            exit_now(read_exactly(pipe->reader.number(), word) ? 42 : 1);   // its maker is gone by then
        }
        exit_now(sibling ? 0 : 1);
    }
    const int before = forked->child.pid();
    ASSERT_TRUE(forked->child.wait()->success());
    ASSERT_TRUE(write_all(pipe->writer.number(), std::array<std::uint8_t, 1>{1}));
    int status = 0;
    int pid = ::waitpid(-1, &status, 0);                          // no other child is left by a test
    EXPECT_GT(pid, 0);
    EXPECT_NE(pid, before);
    EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(Capture, KillsWhatSaysTooMuch)
{
    auto captured = capture(shell("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"), 1000);
    EXPECT_FALSE(captured);
}

TEST(Execute, ReplacesTheProcess)
{
    auto forked = fork_process();
    ASSERT_TRUE(forked);
    if (forked->side == ForkSide::child) {
        (void)execute(shell("exit 42"));
        exit_now(1);
    }
    EXPECT_EQ(forked->child.wait()->code, 42);
    auto error = execute({.program = "/nowhere"}).why;
    EXPECT_EQ(error.os_error, ENOENT);
}

int passes_gate(Gate& gate)
{
    auto forked = fork_process();
    if (forked && forked->side == ForkSide::child)
        exit_now(gate.pass() ? 42 : 1);
    if (!forked)
        return -1;
    gate.open();
    return forked->child.wait()->code;
}

TEST(Gate, HoldsAChildBackUntilItIsOpened)
{
    auto gate = Gate::make();
    ASSERT_TRUE(gate);
    EXPECT_EQ(passes_gate(*gate), 42);
}

// This many descriptors are left.
bool run_short_of_descriptors(std::size_t left)
{
    rlimit limit{64, 64};
    std::vector<int> all;
    if (::setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return false;
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
        all.push_back(fd);
    for (; left > 0 && !all.empty(); --left, all.pop_back())
        ::close(all.back());
    return left == 0;
}

TEST(Fork, WhoCannotBeWatchedIsNoChild)
{
    EXPECT_EQ(test::in_child([] {
                  if (!run_short_of_descriptors(2))               // for the gate
                      return 1;
                  auto forked = fork_process();
                  if (forked && forked->side == ForkSide::child)
                      exit_now(0);
                  if (forked || forked.error().os_error != EMFILE)
                      return 2;
                  return ::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD ? 0 : 3;
              }),
              0);
}

TEST(Background, TheChildHasASessionOfItsOwnBeforeTheParentGoesOn)
{
    for (int i = 0; i < 20; ++i) {
        auto forked = fork_to_background();
        ASSERT_TRUE(forked);
        if (forked->side == ForkSide::child)
            exit_now(0);
        EXPECT_EQ(::getsid(forked->child.pid()), forked->child.pid());
        EXPECT_TRUE(forked->child.wait()->success());
    }
}

TEST(Gate, StaysShutWhereTheParentEndsFirst)
{
    auto heard = make_pipe();                                     // from a grandchild, which nobody else waits for
    ASSERT_TRUE(heard);
    auto parent = fork_process();
    ASSERT_TRUE(parent);
    if (parent->side == ForkSide::child) {
        auto gate = Gate::make();
        auto child = fork_process();
        if (gate && child && child->side == ForkSide::child) {
            (void)write_all(heard->writer.number(), as_bytes(gate->pass() ? "passed" : "waited"));
            exit_now(0);
        }
        (void)::kill(::getpid(), SIGKILL);
    }
    EXPECT_EQ(parent->child.wait()->signal, SIGKILL);
    std::array<std::uint8_t, 6> word{};
    ASSERT_TRUE(read_exactly(heard->reader.number(), word));
    EXPECT_EQ(as_text(word), "waited");
}

TEST(SignalNames, GoBothWays)
{
    EXPECT_EQ(signal_name(SIGTERM), "TERM");
    EXPECT_EQ(signal_number("SIGUSR2"), SIGUSR2);
    EXPECT_EQ(signal_number("HUP"), SIGHUP);
    EXPECT_EQ(signal_number("hup"), std::nullopt);
    EXPECT_EQ(signal_number(""), std::nullopt);
    EXPECT_EQ(signal_name(SIGSTOP), "SIG@openssh.com");
}

} // namespace
} // namespace nacre
