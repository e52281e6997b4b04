#include "crypto/random.h"

#include <openssl/rand.h>

#include "base/contract.h"

namespace nacre {

void SystemRandom::fill(MutableBytes bytes)
{
    // libcrypto fails here only when the kernel gives no entropy at all: nothing sane can follow.
    NACRE_EXPECTS(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

} // namespace nacre
