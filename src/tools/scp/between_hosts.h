// -R: the host of the source copies to the host of the target by itself.
#pragma once

#include "tools/copy/place.h"
#include "tools/scp/settings.h"

namespace nacre::scp_tool {

// The exit status.
int let_them_copy(const Settings& settings, const CopyPlace& source, const CopyPlace& target, bool into_directory);

// A word for a remote shell that keeps its wildcards and ~, and nothing else.
std::string quoted_but_wildcards(std::string_view word);

} // namespace nacre::scp_tool
