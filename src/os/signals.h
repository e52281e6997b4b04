// Signals by name and number, and what a process does about them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

// RFC 4254 §6.10: "TERM", without SIG; a signal that has no name there is "SIG@openssh.com", as OpenSSH has it.
std::string signal_name(int signal);
std::optional<int> signal_number(std::string_view name);          // with or without SIG

bool is_ignored(int signal);
void ignore_signal(int signal);
void ignore_broken_pipes();                                       // SIGPIPE; spawn() gives children the default back
void ignore_size_limit();                                         // SIGXFSZ: a write past it is an error then (EFBIG)
void default_unless_ignored(std::span<const int> signals);         // what is ignored stays so
// Every disposition but of those and of what is passed on, and an empty mask.
void default_all_signals(std::span<const int> ignored = {});

// First in main(), of who starts others.  Their ends can be waited for, whatever we inherited (SIGCHLD ignored).
void expect_children();
// The same in a person's program: if it was started with SIGHUP ignored (nohup), or SIGINT and SIGQUIT both (a script's &),
// all that it starts ignores them, too.
void pass_on_ignored_signals();

// As system(3) has it: what is typed to interrupt (SIGINT, SIGQUIT) ends what `action` starts and waits for, not us.
void while_not_interrupted(const std::function<void()>& action);

// As if we had never handled, ignored or held it back.  Returns where it ends nobody.
void end_by_signal(int signal);

// Holds every signal back while it lives.
class SignalsBlocked {
public:
    SignalsBlocked();
    ~SignalsBlocked();
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    alignas(8) unsigned char previous_[128];                      // a sigset_t
};

} // namespace nacre
