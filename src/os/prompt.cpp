#include "os/prompt.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "os/system_error.h"
#include "os/terminal.h"
#include "os/waiting.h"

namespace nacre {
namespace {

constexpr std::size_t longest_line = 1024;

// Bytes of a line that are read though they do not fit: what follows is another line.  /dev/zero has no end.
constexpr std::size_t most_dropped = 64 * 1024;

// One line into wiped memory.  What does not fit is dropped, but read.
class SecretLine {
public:
    explicit SecretLine(std::size_t at_most) : space_(at_most) {}

    void add(std::uint8_t byte)
    {
        if (used_ < space_.size())
            space_.bytes()[used_++] = byte;
        else
            ++dropped_;
        any_ = true;
    }
    bool any() const { return any_; }
    std::size_t dropped() const { return dropped_; }              // bytes that came and did not fit
    SecretBytes finish()
    {
        if (used_ > 0 && space_.bytes()[used_ - 1] == '\r')
            --used_;
        space_.truncate(used_);
        return std::move(space_);
    }

private:
    SecretBytes space_;
    std::size_t used_ = 0, dropped_ = 0;
    bool any_ = false;
};

// Keyboard and job-control signals, held back so that the terminal can be put right before they act.
sigset_t held_signals()
{
    sigset_t set;
    ::sigemptyset(&set);
    for (int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU})
        ::sigaddset(&set, signal);
    return set;
}

class EchoSetting {
public:
    EchoSetting(int terminal, Echo echo) : terminal_(terminal)
    {
        if (::tcgetattr(terminal, &before_) < 0)
            return;
        changed_ = true;
        auto wanted = before_;
        // Canonical in any case: the line discipline edits the line.
        wanted.c_lflag |= ICANON | ISIG;
        wanted.c_iflag |= ICRNL;
        if (echo == Echo::off)
            wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
        // Typed ahead is dropped: it was not meant for this question.
        ::tcsetattr(terminal, TCSAFLUSH, &wanted);
    }
    ~EchoSetting()
    {
        if (changed_)
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    EchoSetting(const EchoSetting&) = delete;
    EchoSetting& operator=(const EchoSetting&) = delete;

private:
    int terminal_;
    termios before_{};
    bool changed_ = false;
};

struct Attempt {
    int signal = 0;                                               // came instead of an answer
    std::optional<SecretBytes> answer;
};

int pending_signal(int signal_fd)
{
    signalfd_siginfo info{};
    return ::read(signal_fd, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

Result<Attempt> read_answer(int terminal, int signal_fd)
{
    SecretLine line{longest_line};
    for (;;) {
        std::array<pollfd, 2> both{pollfd{signal_fd, POLLIN, 0}, pollfd{terminal, POLLIN, 0}};
        if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR)
            return errno_failure("poll");
        if (both[0].revents != 0)
            return Attempt{pending_signal(signal_fd), {}};
        if (both[1].revents == 0)
            continue;
        std::uint8_t byte = 0;
        auto io = TRY(read_some(terminal, MutableBytes{&byte, 1}));
        if (io.would_block)
            continue;
        if (io.end && !line.any())
            return Attempt{};
        if (io.end || byte == '\n')
            return Attempt{0, line.finish()};
        line.add(byte);
    }
}

Result<Attempt> ask_once(int terminal, int signal_fd, std::string_view prompt, Echo echo)
{
    EchoSetting setting{terminal, echo};
    TRY(write_all(terminal, as_bytes(prompt)));
    auto attempt = read_answer(terminal, signal_fd);
    if (echo == Echo::off)
        (void)write_all(terminal, as_bytes("\n"));
    return attempt;
}

bool in_background(int terminal)
{
    auto foreground = ::tcgetpgrp(terminal);
    return foreground > 0 && foreground != ::getpgrp();
}

// Blocks the held signals while it lives.
class HeldBack {
public:
    HeldBack() : set_(held_signals()) { ::pthread_sigmask(SIG_BLOCK, &set_, &before_); }
    ~HeldBack() { let_go(); }
    HeldBack(const HeldBack&) = delete;
    HeldBack& operator=(const HeldBack&) = delete;

    const sigset_t& set() const { return set_; }
    void let_go() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t set_;
    sigset_t before_{};
};

Result<Attempt> ask_holding_signals(int terminal, std::string_view prompt, Echo echo)
{
    HeldBack held;
    Fd signals{::signalfd(-1, &held.set(), SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!signals)
        return errno_failure("signalfd");
    return ask_once(terminal, signals.number(), prompt, echo);
}

bool stops_only(int signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

} // namespace

Result<std::optional<SecretBytes>> read_line_from_terminal(int terminal, std::string_view prompt, Echo echo)
{
    for (;;) {
        if (in_background(terminal)) {
            ::raise(SIGTTIN);                                     // wait to be brought to the front, as read(2) would
            if (in_background(terminal))
                return errno_failure("terminal", EIO);
        }
        auto attempt = TRY(ask_holding_signals(terminal, prompt, echo));
        if (attempt.signal == 0)
            return std::move(attempt.answer);
        // The terminal is as it was: now the signal may do what it does.  After a stop, ask again.
        ::raise(attempt.signal);
        if (!stops_only(attempt.signal))
            return errno_failure("interrupted", EINTR);
    }
}

Result<std::optional<SecretBytes>> read_passphrase(std::string_view prompt, Echo echo)
{
    auto terminal = TRY(open_own_terminal());
    return read_line_from_terminal(terminal.number(), prompt, echo);
}

Result<std::optional<SecretBytes>> read_secret_line(int fd, std::size_t at_most)
{
    SecretLine line{at_most};
    for (;;) {
        std::uint8_t byte = 0;
        // Byte by byte: what follows the line belongs to somebody else.
        auto io = TRY(read_some(fd, MutableBytes{&byte, 1}));
        if (io.would_block) {
            wait_until_readable(fd);
            continue;
        }
        if (io.end && !line.any())
            return std::nullopt;
        if (io.end || byte == '\n' || line.dropped() > most_dropped)
            return line.finish();
        line.add(byte);
    }
}

} // namespace nacre
