// scp: copies files between hosts.
#include "os/fd.h"
#include "os/print.h"
#include "tools/scp/scp.h"

int main(int argc, char** argv)
{
    if (!nacre::ensure_standard_streams())
        return 1;
    return nacre::with_whole_output(nacre::run_scp(argc, argv), 1);
}
