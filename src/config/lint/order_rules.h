// Rules about lines that come too late, and lines that are not where they look to be.
#pragma once

#include "config/lint/document.h"

namespace nacre::lint {

void check_order(const Document& document, Side side, Findings& findings);

} // namespace nacre::lint
