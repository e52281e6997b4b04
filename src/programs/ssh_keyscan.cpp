// ssh-keyscan: asks servers for their host keys.
#include "os/fd.h"
#include "tools/keyscan/keyscan.h"

int main(int argc, char** argv)
{
    if (!nacre::ensure_standard_streams())
        return 255;
    return nacre::run_keyscan(argc, argv);
}
