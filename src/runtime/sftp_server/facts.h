// A file's facts between stat(2) and SFTP, and the line that `ls -l` would show for it.
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "runtime/sftp_server/names.h"
#include "sftp/messages.h"

namespace nacre::sftp {

Attributes attributes_of(const struct stat& facts);
extension::FileSystemFacts file_system_facts(const struct statvfs& facts);

// `now` decides whether the line shows the hour or the year.
std::string long_name(std::string_view name, const struct stat& facts, std::time_t now, AccountNames& names);

} // namespace nacre::sftp
