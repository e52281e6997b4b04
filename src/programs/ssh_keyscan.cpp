// ssh-keyscan: asks servers for their host keys.
#include "os/fd.h"
#include "os/memory.h"
#include "os/print.h"
#include "tools/keyscan/keyscan.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::with_whole_output(nacre::run_keyscan(argc, argv), 255);
}
