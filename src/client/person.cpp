#include "client/person.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "os/environment.h"
#include "os/print.h"
#include "os/terminal.h"

namespace nacre {

Person::Person(bool batch_mode)
    : batch_mode_(batch_mode), askpass_(askpass_settings(Environment::of_this_process()))
{
}

bool Person::is_there() const
{
    return choose_prompt(askpass_, open_own_terminal().has_value()) != PromptWith::nothing;
}

std::optional<SecretBytes> Person::ask(std::string_view prompt, Echo echo) const
{
    if (batch_mode_)
        return std::nullopt;
    auto answer = ask_person(askpass_, prompt, echo);
    if (!answer) {
        say(stderr, "{}\n", printable(answer.error().what));
        return std::nullopt;
    }
    return std::move(*answer);
}

std::optional<std::string> Person::ask_in_the_open(std::string_view prompt) const
{
    auto answer = ask(prompt, Echo::on);
    if (!answer)
        return std::nullopt;
    return std::string{answer->text().substr(0, 1024)};
}

bool Person::agrees(std::string_view question) const
{
    bool may_exist = !askpass_.program.contains('/') || ::access(askpass_.program.c_str(), X_OK) == 0;   // or be in PATH
    bool by_program = may_exist && choose_prompt(askpass_, false) == PromptWith::program;
    if (batch_mode_ || !by_program) {
        auto answer = ask_in_the_open(fmt::format("{} (yes/no) ", question));
        return answer && equal_ignoring_case(*answer, "yes");
    }
    auto answer = ask_with_program(askpass_, question, PromptKind::confirm);
    if (!answer)
        say(stderr, "{}\n", printable(answer.error().what));
    return answer && *answer && ((*answer)->text().empty() || equal_ignoring_case((*answer)->text(), "yes"));
}

std::string said_by(std::string_view who, std::string_view text)
{
    auto name = fmt::format("({}) ", who);
    auto lines = name;
    for (char c : for_people(printable_text(text))) {
        lines += c;
        if (c == '\n')
            lines += name;
    }
    return lines;
}

} // namespace nacre
