// PRIVILEGED: ssh-keysign, which may be set-user-ID root: lends a key of this host for a host-based login.
#include "keysign/keysign.h"
#include "os/memory.h"

int main(int argc, char**)
{
    nacre::say_if_memory_runs_out();
    return nacre::run_keysign(argc);
}
