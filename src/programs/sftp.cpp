// sftp: files on a server, by commands.
#include "os/fd.h"
#include "os/memory.h"
#include "os/print.h"
#include "os/signals.h"
#include "tools/sftp/sftp.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    nacre::print_for_people();
    nacre::expect_children();
    nacre::pass_on_ignored_signals();
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::with_whole_output(nacre::run_sftp(argc, argv), 1);
}
