// sshd-net: the network process of one connection (DESIGN: privilege separation).  Not for people.
#include "os/fd.h"
#include "server/network_process.h"

int main()
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_network_process();
}
