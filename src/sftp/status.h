// Status codes and their words (draft-ietf-secsh-filexfer-02 §7).
#pragma once

#include <string_view>

#include "sftp/messages.h"

namespace nacre::sftp {

std::string_view text_of(StatusCode code);                        // "No such file"; "Unknown error" for others

} // namespace nacre::sftp
