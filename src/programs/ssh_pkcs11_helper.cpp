// ssh-pkcs11-helper: the process that loads PKCS#11 libraries.
#include "tokens/pkcs11_helper.h"

int main(int argc, char** argv) { return nacre::run_pkcs11_helper(argc, argv); }
