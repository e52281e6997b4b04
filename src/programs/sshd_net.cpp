// sshd-net: the network process of one connection (DESIGN: privilege separation).  Not for people.
#include "os/fd.h"
#include "server/network_process.h"

#ifdef __SANITIZE_ADDRESS__
// It would trace this process from a copy, and the filter forbids both.
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

int main(int argc, char** argv)
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_network_process({argc, argv});
}
