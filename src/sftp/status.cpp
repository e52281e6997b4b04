#include "sftp/status.h"

#include <array>
#include <cerrno>

namespace nacre::sftp {

namespace {

struct StatusRow {
    StatusCode code;
    std::string_view text;                                        // as OpenSSH's programs have it: logs are searched for it
};

constexpr std::array rows{
    StatusRow{StatusCode::ok, "Success"},
    StatusRow{StatusCode::eof, "End of file"},
    StatusRow{StatusCode::no_such_file, "No such file"},
    StatusRow{StatusCode::permission_denied, "Permission denied"},
    StatusRow{StatusCode::failure, "Failure"},
    StatusRow{StatusCode::bad_message, "Bad message"},
    StatusRow{StatusCode::no_connection, "No connection"},
    StatusRow{StatusCode::connection_lost, "Connection lost"},
    StatusRow{StatusCode::op_unsupported, "Operation unsupported"},
};

} // namespace

std::string_view text_of(StatusCode code)
{
    for (auto& row : rows)
        if (row.code == code)
            return row.text;
    return "Unknown error";
}

StatusCode status_of(int os_error)
{
    switch (os_error) {
    case 0:
        return StatusCode::ok;
    case ENOENT:
    case ENOTDIR:
    case EBADF:
    case ELOOP:
        return StatusCode::no_such_file;
    case EPERM:
    case EACCES:
    case EFAULT:
        return StatusCode::permission_denied;
    case ENAMETOOLONG:
    case EINVAL:
        return StatusCode::bad_message;
    case ENOSYS:
        return StatusCode::op_unsupported;
    default:
        return StatusCode::failure;
    }
}

} // namespace nacre::sftp
