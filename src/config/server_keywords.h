// The table of sshd_config keywords.
#pragma once

#include "config/keyword.h"
#include "config/server_options.h"

namespace nacre {

const KeywordTable<ServerOptions>& server_keywords();

} // namespace nacre
