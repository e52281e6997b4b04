// ssh-sk-helper: the process that talks to FIDO authenticators.
#include "os/memory.h"
#include "tokens/sk_helper.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    return nacre::run_sk_helper(argc, argv);
}
