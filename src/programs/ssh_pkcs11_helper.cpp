// ssh-pkcs11-helper: the process that loads PKCS#11 libraries.
#include "os/memory.h"
#include "tokens/pkcs11_helper.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    return nacre::run_pkcs11_helper(argc, argv);
}
