// The table of sshd_config keywords.
#pragma once

#include "config/server_options.h"
#include "config/keyword.h"

namespace nacre {

const KeywordTable<ServerOptions>& server_keywords();

} // namespace nacre
