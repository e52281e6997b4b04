// ssh-add: gives keys to the agent, lists and removes them.
#include "os/fd.h"
#include "os/memory.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/signals.h"
#include "tools/add/add.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    // Private keys pass through this memory: no traces of it in core files.  What cannot be forbidden is not fatal here.
    nacre::expect_children();
    nacre::pass_on_ignored_signals();
    if (!nacre::ensure_standard_streams())
        return 1;
    (void)nacre::forbid_tracing();
    return nacre::with_whole_output(nacre::run_add(argc, argv), 1);
}
