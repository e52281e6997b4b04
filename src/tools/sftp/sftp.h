// sftp: files on a server, by commands.
#pragma once

namespace nacre {

int run_sftp(int count, char** arguments);                        // the exit status

} // namespace nacre
