#include "agent/shielded_key.h"

#include "base/buffer.h"
#include "crypto/aes.h"
#include "crypto/hash.h"

namespace nacre::agent {

namespace {

// So long that the allocator gives it a mapping of its own, away from everything else.
constexpr std::size_t pre_key_size = 256 * 1024;
constexpr std::size_t nonce_size = 16;
constexpr std::size_t key_size = 32;

} // namespace

Shield::Shield(Random& random) : random_(random), pre_key_(pre_key_size) { random.fill(pre_key_.bytes()); }

void Shield::apply(Bytes nonce, MutableBytes bytes) const
{
    auto digest = Hash{HashKind::sha512}.update(pre_key_.bytes()).update(nonce).finish();
    Bytes material{digest};
    AesCtr{material.first(key_size), material.subspan(key_size, aes_block_size)}.apply(0, bytes);
    wipe(digest);
}

ShieldedKey::ShieldedKey(const PrivateKey& key, const Shield& shield) : nonce_(nonce_size)
{
    shield.random_.fill(nonce_);
    Buffer fields;
    key.write_fields(Writer{fields});
    encrypted_ = SecretBytes::copy_of(fields.data());
    shield.apply(nonce_, encrypted_.bytes());
}

Result<const PrivateKey*> ShieldedKey::open(const Shield& shield)
{
    if (!opened_) {
        auto fields = encrypted_.clone();
        shield.apply(nonce_, fields.bytes());
        Reader in{fields.bytes()};
        opened_ = TRY(PrivateKey::read_fields(in));
    }
    return &*opened_;
}

} // namespace nacre::agent
