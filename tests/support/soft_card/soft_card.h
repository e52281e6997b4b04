// A PKCS#11 library in software, with two tokens that hold an Ed25519 key each: what SoftHSM does not do, and how often a
// PIN was tried.  The test that loaded it finds `soft_card` by dlsym(3).
#pragma once

#include <p11-kit/pkcs11.h>

#include <array>

namespace nacre::test {

struct SoftCard {
    std::array<const char*, 2> pins{"1234", "5678"};
    std::array<int, 2> tries{};                                   // of PINs
    bool has_keypads = false;                                     // where the right PIN is typed
    bool asks_each_time = false;                                  // CKA_ALWAYS_AUTHENTICATE
    CK_RV each_time = CKR_OK;                                     // what becomes of that, whatever the PIN
};

} // namespace nacre::test
