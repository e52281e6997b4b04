// The person in front of the terminal, or behind SSH_ASKPASS; and BatchMode, which is nobody.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "os/askpass.h"

namespace nacre {

class Person {
public:
    explicit Person(bool batch_mode);

    bool may_be_asked() const { return !batch_mode_; }
    // Whether there is a terminal, or a program that asks in its place.
    bool is_there() const;

    // Nothing: no answer, nobody there, or not to be asked.  The prompt is shown as it is.
    std::optional<SecretBytes> ask(std::string_view prompt, Echo echo = Echo::off) const;
    // A text answer, cut to printable size.
    std::optional<std::string> ask_in_the_open(std::string_view prompt) const;

    // By a program that asks (SSH_ASKPASS), before the terminal: there a person presses a button.
    bool agrees(std::string_view question) const;

private:
    bool batch_mode_;
    AskpassSettings askpass_;
};

// Text of a server's, for people: whoever says it is named in front of each line, so that it cannot pass for another
// program's.
std::string said_by(std::string_view who, std::string_view text);

} // namespace nacre
