// The table of ssh_config keywords.
#pragma once

#include "config/client_options.h"
#include "config/keyword.h"

namespace nacre {

const KeywordTable<ClientOptions>& client_keywords();

} // namespace nacre
