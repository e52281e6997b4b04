#include "os/process.h"

#include <linux/sched.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

#include "os/system_error.h"

namespace nacre {
namespace {

ExitStatus to_status(int raw)
{
    if (WIFSIGNALED(raw))
        return {0, WTERMSIG(raw), WCOREDUMP(raw) != 0};
    return {WEXITSTATUS(raw), 0, false};
}

Result<void> detach_from_terminal(const Fd& null, KeepErrorStream keep)
{
    if (::setsid() < 0 && errno != EPERM)                         // EPERM: leads a group, hence a session of its own already
        return errno_failure("setsid");
    int last = keep == KeepErrorStream::yes ? 1 : 2;
    for (int fd = 0; fd <= last; ++fd)
        if (::dup2(null.number(), fd) < 0)
            return errno_failure("dup");
    return {};
}

} // namespace

Result<Child> take_hold_of(int pid)
{
    Fd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    // Without such descriptors (kernels before 5.3, filters that do not know them) whoever only waits can do so all the same.
    if (pidfd || errno == ENOSYS || errno == EPERM)
        return Child{pid, std::move(pidfd)};
    int reason = errno;
    Child child{pid, {}};
    (void)child.send_signal(SIGKILL);
    (void)child.wait();
    return errno_failure("pidfd_open", reason);
}

Result<Fd> own_pidfd()
{
    Fd own{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
    if (!own)
        return errno_failure("pidfd_open");
    return own;
}

Result<void> check_pidfds()
{
    if (auto own = own_pidfd(); !own)
        return fail(in_context("this needs Linux 5.3 or later, and a container whose filter lets pidfd_open(2) through",
                               std::move(own).error()));
    return {};
}

Result<Child> child_of_before(int pid)
{
    siginfo_t state{};
    if (pid <= 0 || ::waitid(P_PID, static_cast<id_t>(pid), &state, WEXITED | WNOHANG | WNOWAIT) < 0)
        return errno_failure("wait");                             // not ours, so that the number may mean anybody
    Fd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!pidfd)
        return errno_failure("pidfd_open");
    return Child{pid, std::move(pidfd)};
}

Result<ExitStatus> Child::wait()
{
    while (!status_) {
        int raw = 0;
        if (::waitpid(pid_, &raw, 0) == pid_)
            status_ = to_status(raw);
        else if (errno != EINTR)
            return errno_failure("wait");
    }
    return *status_;
}

Result<std::optional<ExitStatus>> Child::check()
{
    if (status_)
        return status_;
    int raw = 0;
    auto found = ::waitpid(pid_, &raw, WNOHANG);
    if (found < 0 && errno != EINTR)
        return errno_failure("wait");
    if (found == pid_)
        status_ = to_status(raw);
    return status_;
}

Result<void> Child::send_signal(int signal) const
{
    if (!is_running())
        return errno_failure("kill", ESRCH);
    auto outcome = pidfd_.is_open() ? ::syscall(SYS_pidfd_send_signal, pidfd_.number(), signal, nullptr, 0)
                                    : ::kill(pid_, signal);
    if (outcome < 0)
        return errno_failure("kill");
    return {};
}

SpawnRequest shell_command(std::string command, std::string shell)
{
    if (shell.empty())
        shell = environment_variable("SHELL").value_or("");
    if (shell.empty())
        shell = "/bin/sh";
    SpawnRequest request;
    request.program = shell;
    request.arguments = {std::move(shell), "-c", std::move(command)};
    return request;
}

namespace {

// Until there is something to read, or the socket's other end is gone.
Result<void> wait_to_read(int pipe, int only_while_open)
{
    std::array<pollfd, 2> waiting{pollfd{pipe, POLLIN, 0}, pollfd{only_while_open, POLLRDHUP, 0}};
    for (;;) {
        if (::poll(waiting.data(), only_while_open < 0 ? 1 : 2, -1) < 0 && errno != EINTR)
            return errno_failure("poll");
        if (waiting[1].revents != 0)
            return system_failure("nobody waits for it any more");
        if (waiting[0].revents != 0)
            return {};
    }
}

Result<ByteVector> read_while_open(int pipe, std::size_t at_most, int only_while_open)
{
    ByteVector output;
    std::array<std::uint8_t, 16384> part{};
    for (;;) {
        TRY(wait_to_read(pipe, only_while_open));
        auto io = TRY(read_some(pipe, part));
        if (io.end)
            return output;
        output.insert(output.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(io.bytes));
        if (output.size() > at_most)
            return bad_input("larger than " + std::to_string(at_most) + " bytes");
    }
}

} // namespace

Result<Captured> capture(SpawnRequest request, std::size_t at_most, int only_while_open)
{
    auto pipe = TRY(make_pipe());
    request.output = pipe.writer.number();
    auto child = TRY(spawn(request));
    pipe.writer.close();
    auto output = read_while_open(pipe.reader.number(), at_most, only_while_open);
    if (!output)
        (void)child.send_signal(SIGKILL);
    pipe.reader.close();
    auto status = TRY(child.wait());
    if (!output)
        return fail(in_context(request.program, std::move(output).error()));
    return Captured{*std::move(output), status};
}

Result<std::string> own_program()
{
    std::array<char, PATH_MAX> path{};
    auto size = ::readlink("/proc/self/exe", path.data(), path.size());
    if (size < 0 && errno == ENOENT)
        return errno_failure("/proc must be mounted: /proc/self/exe");
    if (size < 0)
        return errno_failure("/proc/self/exe");
    return std::string{path.data(), static_cast<std::size_t>(size)};
}

Result<Forked> fork_process()
{
    auto gate = TRY(Gate::make());
    auto pid = ::fork();
    if (pid < 0)
        return errno_failure("fork");
    if (pid == 0) {
        if (!gate.pass())
            exit_now(1);                                          // the parent is gone, or cannot have a child
        return Forked{ForkSide::child, {}};
    }
    auto child = TRY(take_hold_of(pid));
    gate.open();
    return Forked{ForkSide::parent, std::move(child)};
}

Result<int> fork_sibling()
{
    // Not clone3(2): containers' filters, which cannot look into what that points to, refuse it.  The signal of its end is the
    // one that this process's own end has.
    constexpr long how = CLONE_PARENT | SIGCHLD;
#ifdef __s390__
    auto pid = ::syscall(SYS_clone, nullptr, how, nullptr, nullptr, nullptr);
#else
    auto pid = ::syscall(SYS_clone, how, nullptr, nullptr, nullptr, nullptr);
#endif
    if (pid < 0)
        return errno_failure("clone");
    return static_cast<int>(pid);
}

Result<Gate> Gate::make()
{
    auto pipe = TRY(make_pipe());
    return Gate{std::move(pipe)};
}

bool Gate::pass()
{
    pipe_.writer.close();                                         // or its end would never be seen
    std::array<std::uint8_t, 1> word{};
    return read_exactly(pipe_.reader.number(), word).has_value();
}

void Gate::open()
{
    (void)write_all(pipe_.writer.number(), std::array<std::uint8_t, 1>{1});   // fails: the child is gone
}

Result<Forked> fork_to_background(KeepErrorStream keep)
{
    auto gate = TRY(Gate::make());
    auto null = TRY(open_null_device());                          // before the fork: a failure is the parent's to tell
    auto forked = TRY(fork_process());
    if (forked.side == ForkSide::parent) {
        (void)gate.pass();                                        // not opened: the child has said why
        return forked;
    }
    TRY(detach_from_terminal(null, keep));
    gate.open();
    return forked;
}

void exit_now(int code)
{
    ::_exit(code);
}

} // namespace nacre
