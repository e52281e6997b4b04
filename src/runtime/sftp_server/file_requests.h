// Does to the file system what a client asks, and says what came of it.
//
// Every request has one function; which are permitted was decided before.  What is logged at INFO and VERBOSE reads as
// OpenSSH's server writes it, since people's scripts look for it.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kernel_path.h"
#include "runtime/sftp_server/names.h"
#include "runtime/sftp_server/open_files.h"
#include "runtime/sftp_server/serve.h"
#include "sftp/server.h"

namespace nacre::sftp {

class FileRequests {
public:
    FileRequests(Server& server, KernelPath& kernel_path, const Person& person, Log& log);

    // Where afterwards something is on the kernel path, it belongs behind what the server has to send.
    void answer(const Server::Asked& asked);
    void close_all();                                             // what the client left open, with a line for each

private:
    // ---- files
    void on(RequestId id, const Open& request);
    void on(RequestId id, const Close& request);
    void on(RequestId id, const Read& request);
    void on(RequestId id, const Write& request);
    void on(RequestId id, const Fsync& request);
    void on(RequestId id, const CopyData& request);
    // ---- directories
    void on(RequestId id, const Opendir& request);
    void on(RequestId id, const Readdir& request);
    void on(RequestId id, const Mkdir& request);
    void on(RequestId id, const Rmdir& request);
    // ---- facts
    void on(RequestId id, const Stat& request);
    void on(RequestId id, const Lstat& request);
    void on(RequestId id, const Fstat& request);
    void on(RequestId id, const Setstat& request);
    void on(RequestId id, const Fsetstat& request);
    void on(RequestId id, const Lsetstat& request);
    void on(RequestId id, const Statvfs& request);
    void on(RequestId id, const Fstatvfs& request);
    // ---- names
    void on(RequestId id, const Remove& request);
    void on(RequestId id, const Rename& request);
    void on(RequestId id, const PosixRename& request);
    void on(RequestId id, const Readlink& request);
    void on(RequestId id, const Symlink& request);
    void on(RequestId id, const Hardlink& request);
    void on(RequestId id, const Realpath& request);
    void on(RequestId id, const ExpandPath& request);
    // ---- the server itself
    void on(RequestId id, const AskLimits& request);
    void on(RequestId id, const HomeDirectory& request);
    void on(RequestId id, const UsersGroupsById& request);

    void answer_os(RequestId id, int os_error);                   // 0: all went well
    void answer_call(RequestId id, int outcome);                  // of a call that sets errno
    void answer_facts(RequestId id, const struct stat& facts);
    void answer_name(RequestId id, std::string_view name);
    void answer_real_path(RequestId id, std::string_view path);
    // False: it holds a NUL, and has been answered.
    bool take_path(RequestId id, std::string_view path, std::string& into);
    OpenFile* find_file(std::string_view handle);                 // null for a directory too
    void log_set(std::string_view path, const Attributes& attributes);
    std::uint64_t copy_data(OpenFile& from, OpenFile& to, const CopyData& request, int& os_error);

    Server& server_;
    KernelPath& kernel_path_;
    const Person& person_;
    Log& log_;
    OpenFiles files_;
    AccountNames names_;
    std::string path_, second_path_;                              // of the request under way
    std::vector<char> copy_buffer_;
};

} // namespace nacre::sftp
