// sshd-user: starts a user's programs, as that user.  Not for people.
#include "os/fd.h"
#include "server/user_process.h"

int main(int argc, char** argv)
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_user_process({argc, argv});
}
