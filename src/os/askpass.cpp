#include "os/askpass.h"

#include <unistd.h>

#include "base/text.h"
#include "os/process.h"
#include "os/terminal.h"

namespace nacre {
namespace {

constexpr std::size_t longest_answer = 1024;

AskpassRequire to_require(std::string_view value)
{
    if (equal_ignoring_case(value, "force"))
        return AskpassRequire::force;
    if (equal_ignoring_case(value, "prefer"))
        return AskpassRequire::prefer;
    if (equal_ignoring_case(value, "never"))
        return AskpassRequire::never;
    return AskpassRequire::when_needed;
}

bool is_set(const Environment& environment, std::string_view name)
{
    return !environment.find(name).value_or("").empty();
}

// Read to the end, or the program would die of a broken pipe while it says more than was asked.
void discard_rest(int fd)
{
    SecretBytes space{longest_answer};
    for (auto rest = std::size_t{65536}; rest >= longest_answer;) {
        auto io = read_some(fd, space.bytes());
        if (!io || io->end)
            return;
        rest -= io->bytes;
    }
}

// Nobody asked for the usual one by name, and few machines have it.
bool is_there(const AskpassSettings& settings)
{
    return settings.program != usual_askpass || ::access(settings.program.c_str(), X_OK) == 0;
}

Environment askpass_environment(PromptKind kind)
{
    auto environment = Environment::of_this_process();
    environment.remove("SSH_ASKPASS_PROMPT");
    if (kind == PromptKind::confirm)
        environment.set("SSH_ASKPASS_PROMPT", "confirm");
    if (kind == PromptKind::none)
        environment.set("SSH_ASKPASS_PROMPT", "none");
    return environment;
}

} // namespace

AskpassSettings askpass_settings(const Environment& environment, std::string_view fallback_program)
{
    AskpassSettings settings;
    settings.program = environment.find("SSH_ASKPASS").value_or("");
    if (settings.program.empty())
        settings.program = fallback_program;
    settings.require = to_require(environment.find("SSH_ASKPASS_REQUIRE").value_or(""));
    settings.has_display = is_set(environment, "DISPLAY") || is_set(environment, "WAYLAND_DISPLAY");
    return settings;
}

PromptWith choose_prompt(const AskpassSettings& settings, bool has_terminal)
{
    bool program_works = !settings.program.empty()
                         && (settings.has_display || settings.require == AskpassRequire::force)
                         && settings.require != AskpassRequire::never;
    bool program_first = settings.require == AskpassRequire::force || settings.require == AskpassRequire::prefer;
    if (program_works && (program_first || !has_terminal))
        return PromptWith::program;
    return has_terminal ? PromptWith::terminal : PromptWith::nothing;
}

Result<std::optional<SecretBytes>> ask_with_program(const AskpassSettings& settings, std::string_view prompt,
                                                    PromptKind kind)
{
    auto pipe = TRY(make_pipe());
    SpawnRequest request;
    request.program = settings.program;
    request.search_path = true;
    request.arguments = {settings.program, std::string{prompt}};
    request.environment = askpass_environment(kind);
    request.output = pipe.writer.number();
    auto child = spawn(request);
    if (!child)
        return fail(in_context("ssh_askpass", std::move(child).error()));
    pipe.writer.close();
    auto answer = read_secret_line(pipe.reader.number(), longest_answer);
    discard_rest(pipe.reader.number());
    pipe.reader.close();
    auto status = TRY(child->wait());
    if (!answer || !status.success())
        return std::nullopt;
    // Success without a word is an answer too: a pressed button, an empty passphrase.
    return *answer ? std::move(**answer) : SecretBytes{};
}

Result<std::optional<SecretBytes>> ask_person(const AskpassSettings& settings, std::string_view prompt, Echo echo)
{
    auto terminal = open_own_terminal();
    switch (choose_prompt(settings, terminal.has_value())) {
    case PromptWith::program:
        return ask_with_program(settings, prompt);
    case PromptWith::terminal:
        return read_line_from_terminal(terminal->number(), prompt, echo);
    case PromptWith::nothing:
        return std::nullopt;
    }
    return std::nullopt;
}

PromptWith prompt_or_input(const AskpassSettings& settings)
{
    auto terminal = open_own_terminal();
    // Who started us from a menu does not see the terminal behind it.
    bool sits_there = terminal && is_terminal(STDIN_FILENO);
    if (choose_prompt(settings, sits_there) == PromptWith::program && is_there(settings))
        return PromptWith::program;
    return terminal ? PromptWith::terminal : PromptWith::nothing;
}

Result<std::optional<SecretBytes>> ask_person_or_input(const AskpassSettings& settings, std::string_view prompt)
{
    switch (prompt_or_input(settings)) {
    case PromptWith::program:
        return ask_with_program(settings, prompt);
    case PromptWith::terminal:
        if (auto terminal = open_own_terminal())
            return read_line_from_terminal(terminal->number(), prompt, Echo::off);
        return std::nullopt;
    case PromptWith::nothing:
        break;
    }
    return read_secret_line(STDIN_FILENO, longest_answer);
}

} // namespace nacre
