#include "crypto/x25519.h"

#include <utility>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

using Key = LibcryptoPtr<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = LibcryptoPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

Key private_key_of(Bytes bytes)
{
    Key key{EVP_PKEY_new_raw_private_key_ex(libcrypto(), "X25519", nullptr, bytes.data(), bytes.size())};
    NACRE_EXPECTS(key != nullptr);
    return key;
}

SecretBytes random_secret(Random& random)
{
    SecretBytes secret(X25519Key::size);
    random.fill(secret.bytes());
    return secret;
}

} // namespace

// The library's key object (it wipes itself): making one costs a multiplication, for its public half.
struct X25519Key::State {
    Key key;
};

X25519Key::X25519Key(Random& random) : X25519Key(random_secret(random)) {}

X25519Key::X25519Key(const SecretBytes& private_key)
{
    NACRE_EXPECTS(private_key.size() == size);
    state_ = std::make_unique<State>(private_key_of(private_key.bytes()));
    std::size_t length = public_key_.size();
    NACRE_EXPECTS(EVP_PKEY_get_raw_public_key(state_->key.get(), public_key_.data(), &length) == 1 && length == size);
}

X25519Key::X25519Key(X25519Key&&) noexcept = default;
X25519Key& X25519Key::operator=(X25519Key&&) noexcept = default;
X25519Key::~X25519Key() = default;

std::optional<SecretBytes> X25519Key::agree(Bytes peer_public) const
{
    if (peer_public.size() != size)
        return std::nullopt;
    Key peer{EVP_PKEY_new_raw_public_key_ex(libcrypto(), "X25519", nullptr, peer_public.data(), peer_public.size())};
    KeyContext context{EVP_PKEY_CTX_new_from_pkey(libcrypto(), state_->key.get(), nullptr)};
    NACRE_EXPECTS(peer && context && EVP_PKEY_derive_init(context.get()) == 1);
    if (EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1)
        return std::nullopt;
    SecretBytes shared(size);
    std::size_t length = size;
    if (EVP_PKEY_derive(context.get(), shared.bytes().data(), &length) != 1 || length != size)
        return std::nullopt;
    // libcrypto refuses a zero result by itself; that is not promised by its manual, so look.
    if (shared == SecretBytes(size))
        return std::nullopt;
    return shared;
}

} // namespace nacre
