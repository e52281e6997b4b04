// Rules about lists of algorithms.
#pragma once

#include "config/lint/document.h"

namespace nacre::lint {

void check_algorithms(const DocumentLine& line, Findings& findings);

} // namespace nacre::lint
