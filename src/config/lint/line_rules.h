// Rules about single lines, and about the Host and Match lines above them.
#pragma once

#include "config/lint/document.h"

namespace nacre::lint {

void check_lines(const Document& document, Dialect& dialect, ConfigSources& sources, Findings& findings);
void check_blocks(const Document& document, Findings& findings);

} // namespace nacre::lint
