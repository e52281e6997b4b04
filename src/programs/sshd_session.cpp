// PRIVILEGED: sshd-session, the monitor of one connection.  Not for people: sshd starts it.
#include "os/fd.h"
#include "server/privileged/monitor.h"

int main(int argc, char** argv)
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_monitor_process({argc, argv});
}
