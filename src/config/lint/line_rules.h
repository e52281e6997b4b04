// Rules about single lines and about lines that get in each other's way.
#pragma once

#include "config/lint/document.h"

namespace nacre::lint {

void check_lines(const Document& document, Dialect& dialect, ConfigSources& sources, Findings& findings);
void check_blocks(const Document& document, Findings& findings);
void check_order(const Document& document, Side side, Findings& findings);   // what comes too late

} // namespace nacre::lint
