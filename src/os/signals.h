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

void ignore_signal(int signal);
void ignore_broken_pipes();                                       // SIGPIPE; spawn() gives children the default back
void default_unless_ignored(std::span<const int> signals);         // what is ignored stays so
void default_all_signals(std::span<const int> ignored = {});      // every disposition but of those, and an empty mask

// As system(3) has it: what is typed to interrupt (SIGINT, SIGQUIT) ends what `action` starts and waits for, not us.
void while_not_interrupted(const std::function<void()>& action);

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
