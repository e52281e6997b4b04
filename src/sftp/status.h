// Status codes and their words (draft-ietf-secsh-filexfer-02 §7).
#pragma once

#include <string_view>

#include "sftp/messages.h"

namespace nacre::sftp {

std::string_view text_of(StatusCode code);                        // "No such file"; "Unknown error" for others
// What an errno is called; 0: ok.  EOF is not among them: a read of nothing is no error of the system's.
StatusCode status_of(int os_error);

} // namespace nacre::sftp
