// PRIVILEGED: sshd, the listener.
#include "os/fd.h"
#include "os/signals.h"
#include "server/server_main.h"

int main(int argument_count, char** arguments)
{
    nacre::expect_children();
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_sshd(argument_count, arguments);
}
