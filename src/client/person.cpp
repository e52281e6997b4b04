#include "client/person.h"

#include "base/text.h"
#include "os/environment.h"
#include "os/print.h"
#include "os/terminal.h"

namespace nacre {

Person::Person(bool batch_mode)
    : batch_mode_(batch_mode), askpass_(askpass_settings(Environment::of_this_process(), "/usr/bin/ssh-askpass"))
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

} // namespace nacre
