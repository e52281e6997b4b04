// What a copy is called where a folder is named for it, and no name in that.
//
// It is the last part of the path that is copied; for ".." and "/" the name of the folder that this is; and nothing where only
// the content is meant.  Whatever the answer, it is one component: what a server says of "..", too, or it would choose where on
// this machine the copy goes.
#pragma once

#include <string>
#include <string_view>

#include "tools/copy/sftp_link.h"

namespace nacre {

Result<std::string> copy_name(SftpLink& link, const std::string& path);   // of a path over there; errors: the link's
std::string copy_name_here(const std::string& path);

std::string place_in(const std::string& folder, std::string_view copy_name);

} // namespace nacre
