// What stands behind a handle: an open file, or a directory that is being listed.
#pragma once

#include <dirent.h>

#include <cstdint>
#include <memory>
#include <string>

#include "os/fd.h"
#include "sftp/handle_table.h"

namespace nacre::sftp {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

struct OpenFile {
    std::string path{};                                           // as the client gave it
    Fd fd{};                                                      // none for a directory
    std::unique_ptr<DIR, CloseDirectory> directory{};
    bool appends = false;
    bool is_long = false;                                         // it has filled a read that was worth a kernel path
    std::uint64_t bytes_read = 0, bytes_written = 0;
};

using OpenFiles = HandleTable<OpenFile>;

} // namespace nacre::sftp
