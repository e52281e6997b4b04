// Runs under valgrind with every random byte marked as undefined: memcheck then complains about each branch and each
// address that depends on a secret.
//
// What everybody may see is marked as defined before it is used on; public.supp names the places where something
// public is computed from a secret inside a function (the matrix of a lattice scheme, what a rejection threw away).
#include <valgrind/memcheck.h>

#include <cstdio>

#include "crypto/mlkem.h"
#include "crypto/sntrup761.h"

namespace {

using namespace nacre;

class HiddenRandom final : public Random {
public:
    void fill(MutableBytes bytes) override
    {
        for (auto& byte : bytes) {
            state_ = state_ * 6364136223846793005u + 1442695040888963407u;
            byte = static_cast<std::uint8_t>(state_ >> 33);
        }
        VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
    }

private:
    std::uint64_t state_ = 1;
};

ByteVector published(Bytes bytes)
{
    VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size());
    return to_vector(bytes);
}

template <class Kem>
void encapsulate_and_open()
{
    HiddenRandom random;
    Kem key{random};
    auto public_key = published(key.public_key());
    auto sent = Kem::encapsulate(public_key, random);
    auto ciphertext = published(sent->ciphertext);
    (void)key.decapsulate(ciphertext);
    ciphertext[3] ^= 1;                                           // implicit rejection takes the same path
    (void)key.decapsulate(ciphertext);
}

} // namespace

int main()
{
    if (RUNNING_ON_VALGRIND == 0) {
        std::puts("not under valgrind: nothing is tested");
        return 77;
    }
    encapsulate_and_open<nacre::MlKem768>();
    encapsulate_and_open<nacre::MlKem1024>();
    encapsulate_and_open<nacre::Sntrup761>();
    return 0;
}
