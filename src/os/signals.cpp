#include "os/signals.h"

#include <csignal>
#include <cstring>

#include <algorithm>
#include <array>

namespace nacre {
namespace {

struct SignalName {
    std::string_view name;
    int number;
};

// RFC 4254 §6.10, in its order.
constexpr std::array signal_names{
    SignalName{"ABRT", SIGABRT}, SignalName{"ALRM", SIGALRM}, SignalName{"FPE", SIGFPE},
    SignalName{"HUP", SIGHUP},   SignalName{"ILL", SIGILL},   SignalName{"INT", SIGINT},
    SignalName{"KILL", SIGKILL}, SignalName{"PIPE", SIGPIPE}, SignalName{"QUIT", SIGQUIT},
    SignalName{"SEGV", SIGSEGV}, SignalName{"TERM", SIGTERM}, SignalName{"USR1", SIGUSR1},
    SignalName{"USR2", SIGUSR2},
};

// As the dispositions themselves, this is the whole process's.
struct PassedOn {
    int number;
    bool was_ignored = false;
};
std::array passed_on{PassedOn{SIGHUP}, PassedOn{SIGINT}, PassedOn{SIGQUIT}};

bool is_passed_on(int signal)
{
    return std::ranges::any_of(passed_on, [&](auto& one) { return one.number == signal && one.was_ignored; });
}

void set_disposition(int signal, void (*handler)(int))
{
    struct sigaction action{};
    action.sa_handler = handler;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

void let_through(int signal)
{
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

} // namespace

std::string signal_name(int signal)
{
    for (auto& row : signal_names)
        if (row.number == signal)
            return std::string{row.name};
    return "SIG@openssh.com";
}

std::optional<int> signal_number(std::string_view name)
{
    if (name.starts_with("SIG"))
        name.remove_prefix(3);
    for (auto& row : signal_names)
        if (row.name == name)
            return row.number;
    return std::nullopt;
}

bool is_ignored(int signal)
{
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void ignore_signal(int signal)
{
    set_disposition(signal, SIG_IGN);
}

void ignore_broken_pipes()
{
    ignore_signal(SIGPIPE);
}

void ignore_size_limit()
{
    ignore_signal(SIGXFSZ);
}

void default_unless_ignored(std::span<const int> signals)
{
    for (int signal : signals)
        if (!is_ignored(signal))
            set_disposition(signal, SIG_DFL);
}

void default_all_signals(std::span<const int> ignored)
{
    for (int signal = 1; signal < NSIG; ++signal) {
        bool stays = is_passed_on(signal) || std::ranges::find(ignored, signal) != ignored.end();
        set_disposition(signal, stays ? SIG_IGN : SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void expect_children()
{
    set_disposition(SIGCHLD, SIG_DFL);
    let_through(SIGCHLD);
}

void pass_on_ignored_signals()
{
    // A shell's background jobs ignore both interrupts.  One alone is the wish of somebody who sees to ^C himself (scp does).
    bool ignores_interrupts = is_ignored(SIGINT) && is_ignored(SIGQUIT);
    for (auto& one : passed_on)
        one.was_ignored = one.number == SIGHUP ? is_ignored(SIGHUP) : ignores_interrupts;
}

void while_not_interrupted(const std::function<void()>& action)
{
    struct sigaction ignoring{}, on_interrupt{}, on_quit{};
    ignoring.sa_handler = SIG_IGN;
    ::sigemptyset(&ignoring.sa_mask);
    ::sigaction(SIGINT, &ignoring, &on_interrupt);
    ::sigaction(SIGQUIT, &ignoring, &on_quit);
    action();
    ::sigaction(SIGINT, &on_interrupt, nullptr);
    ::sigaction(SIGQUIT, &on_quit, nullptr);
}

void end_by_signal(int signal)
{
    set_disposition(signal, SIG_DFL);
    let_through(signal);
    ::raise(signal);
}

SignalsBlocked::SignalsBlocked() : previous_{}
{
    static_assert(sizeof(sigset_t) <= sizeof previous_);
    sigset_t all;
    sigset_t previous;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &previous);
    std::memcpy(previous_, &previous, sizeof previous);
}

SignalsBlocked::~SignalsBlocked()
{
    sigset_t previous;
    std::memcpy(&previous, previous_, sizeof previous);
    ::pthread_sigmask(SIG_SETMASK, &previous, nullptr);
}

} // namespace nacre
