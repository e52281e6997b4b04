// ssh-sk-helper: the process that talks to FIDO authenticators.
#include "tokens/sk_helper.h"

int main(int argc, char** argv) { return nacre::run_sk_helper(argc, argv); }
