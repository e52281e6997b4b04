#include "os/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "os/signals.h"
#include "os/system_error.h"

namespace nacre {
namespace {

Result<termios> settings_of(int fd)
{
    termios settings{};
    if (::tcgetattr(fd, &settings) < 0)
        return errno_failure("terminal settings");
    return settings;
}

// What is typed goes to the other side's terminal untouched; that one edits, echoes and makes signals.
termios made_raw(termios settings)
{
    settings.c_iflag |= IGNPAR;
    settings.c_iflag &= ~static_cast<tcflag_t>(ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF | IUCLC);
    settings.c_lflag &= ~static_cast<tcflag_t>(ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return settings;
}

} // namespace

bool is_terminal(int fd)
{
    return ::isatty(fd) == 1;
}

Result<ExitStatus> run_in_foreground(SpawnRequest request, int terminal)
{
    request.foreground_of = terminal;
    request.ignored_signals.push_back(SIGTSTP);
    Result<ExitStatus> status = ExitStatus{};
    while_not_interrupted([&] {                                   // where the terminal could not be given
        auto child = spawn(request);
        status = child ? child->wait() : Result<ExitStatus>{fail(std::move(child).error())};
        SignalsBlocked undisturbed;                               // by SIGTTOU: the background takes it back
        (void)::tcsetpgrp(terminal, ::getpgrp());
    });
    return status;
}

Result<Fd> open_own_terminal()
{
    Fd terminal{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!terminal)
        return errno_failure("/dev/tty");
    return terminal;
}

struct RawTerminal::State {
    int fd;
    termios before;
    bool raw = false;
};

RawTerminal::RawTerminal(std::unique_ptr<State> state) : state_(std::move(state)) {}
RawTerminal::RawTerminal(RawTerminal&&) noexcept = default;

RawTerminal& RawTerminal::operator=(RawTerminal&& other) noexcept
{
    if (this != &other) {
        leave();
        state_ = std::move(other.state_);
    }
    return *this;
}

RawTerminal::~RawTerminal()
{
    leave();
}

Result<RawTerminal> RawTerminal::enter(int fd)
{
    auto before = TRY(settings_of(fd));
    RawTerminal terminal{std::make_unique<State>(State{fd, before})};
    TRY(terminal.enter_again());
    return terminal;
}

void RawTerminal::leave() noexcept
{
    if (state_ && state_->raw) {
        ::tcsetattr(state_->fd, TCSADRAIN, &state_->before);
        state_->raw = false;
    }
}

Result<void> RawTerminal::enter_again()
{
    auto raw = made_raw(state_->before);
    if (::tcsetattr(state_->fd, TCSADRAIN, &raw) < 0)
        return errno_failure("raw mode");
    state_->raw = true;
    return {};
}

Result<TerminalModeValues> terminal_modes_of(int terminal)
{
    auto settings = TRY(settings_of(terminal));
    return terminal_modes(settings);
}

Result<void> set_terminal_modes(int terminal, std::span<const std::pair<std::uint8_t, std::uint32_t>> modes)
{
    auto settings = TRY(settings_of(terminal));
    apply_terminal_modes(settings, modes);
    if (::tcsetattr(terminal, TCSANOW, &settings) < 0)
        return errno_failure("terminal settings");
    return {};
}

} // namespace nacre
