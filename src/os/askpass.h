// Asking with a program instead of a terminal: SSH_ASKPASS (ssh(1), ENVIRONMENT).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "os/environment.h"
#include "os/prompt.h"

namespace nacre {

enum class AskpassRequire { when_needed, never, prefer, force };
enum class PromptKind { text, confirm, none };                    // SSH_ASKPASS_PROMPT: unset, "confirm", "none"

struct AskpassSettings {
    std::string program;                                          // SSH_ASKPASS, or the fallback
    AskpassRequire require = AskpassRequire::when_needed;         // SSH_ASKPASS_REQUIRE
    bool has_display = false;                                     // DISPLAY or WAYLAND_DISPLAY
};

inline constexpr std::string_view usual_askpass = "/usr/bin/ssh-askpass";

AskpassSettings askpass_settings(const Environment& environment, std::string_view fallback_program = usual_askpass);

enum class PromptWith { terminal, program, nothing };
PromptWith choose_prompt(const AskpassSettings& settings, bool has_terminal);

// The program's first output line.  Nothing: it ended with another status than 0, that is, the person said no.
// Its standard error is ours.
Result<std::optional<SecretBytes>> ask_with_program(const AskpassSettings& settings, std::string_view prompt,
                                                    PromptKind kind = PromptKind::text);

// By terminal or program, as the settings and the world have it.  Nothing: no answer, or nobody to ask.
Result<std::optional<SecretBytes>> ask_person(const AskpassSettings& settings, std::string_view prompt,
                                              Echo echo = Echo::off);

// What ask_person_or_input() will ask; `nothing` is standard input.
PromptWith prompt_or_input(const AskpassSettings& settings);
// For tools that scripts feed: by program where standard input is no terminal, else by terminal, else a line of standard
// input.  What follows that line is left to whoever reads next.  Nothing: no answer, or the input's end.
Result<std::optional<SecretBytes>> ask_person_or_input(const AskpassSettings& settings, std::string_view prompt);

} // namespace nacre
