// Questions to the person at the terminal: passphrases, yes or no.
//
// The prompt's text is shown as it is; what comes from outside goes through printable_text()
// first.  Keyboard signals reach their usual handlers, after the terminal has been put right.
#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"
#include "os/fd.h"

namespace nacre {

enum class Echo { off, on };                                      // whether what is typed is seen

// One line, without its end, from this terminal.  Nothing: end of file before any character.
Result<std::optional<SecretBytes>> read_line_from_terminal(int terminal, std::string_view prompt, Echo echo);
// The same from /dev/tty; no terminal is an error.
Result<std::optional<SecretBytes>> read_passphrase(std::string_view prompt, Echo echo = Echo::off);
// One line from a pipe or file, as `ssh-add < file` wants it.  The rest of a line that is longer is dropped, or left where
// it has no end for another 64 KiB.
Result<std::optional<SecretBytes>> read_secret_line(int fd, std::size_t at_most = 4096);

} // namespace nacre
