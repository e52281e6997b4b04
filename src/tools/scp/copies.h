// scp over SFTP: between this machine and hosts, or between two hosts through this machine.
#pragma once

#include "tools/copy/place.h"
#include "tools/scp/settings.h"

namespace nacre::scp_tool {

// The exit status.
int copy_over_sftp(const Settings& settings, const std::vector<CopyPlace>& sources, const CopyPlace& target);

} // namespace nacre::scp_tool
