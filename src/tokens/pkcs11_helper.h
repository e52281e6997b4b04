// ssh-pkcs11-helper(8): loads one PKCS#11 library and signs with its keys until its starter ends.
#pragma once

namespace nacre {

int run_pkcs11_helper(int count, char** arguments);

} // namespace nacre
