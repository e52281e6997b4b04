// PRIVILEGED: ssh-keysign, which may be set-user-ID root: lends a key of this host for a host-based login.
#include "keysign/keysign.h"

int main(int argc, char**) { return nacre::run_keysign(argc); }
