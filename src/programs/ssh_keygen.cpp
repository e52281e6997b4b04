// ssh-keygen: makes, shows and converts keys; edits known_hosts files.
#include "os/fd.h"
#include "os/memory.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/signals.h"
#include "tools/keygen/keygen.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    nacre::expect_children();
    nacre::pass_on_ignored_signals();
    nacre::ignore_size_limit();
    if (!nacre::ensure_standard_streams())
        return 255;
    // Private keys are in this memory: no traces of it in core files.  What cannot be forbidden is not fatal here.
    (void)nacre::forbid_tracing();
    return nacre::with_whole_output(nacre::run_keygen(argc, argv), 255);
}
