// sftp: files on a server, by commands.
#include "os/fd.h"
#include "os/print.h"
#include "tools/sftp/sftp.h"

int main(int argc, char** argv)
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::with_whole_output(nacre::run_sftp(argc, argv), 255);
}
