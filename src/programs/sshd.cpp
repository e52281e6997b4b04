// PRIVILEGED: sshd, the listener.
#include "os/fd.h"
#include "server/server_main.h"

int main(int argument_count, char** arguments)
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_sshd(argument_count, arguments);
}
