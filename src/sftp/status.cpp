#include "sftp/status.h"

#include <array>

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

} // namespace nacre::sftp
