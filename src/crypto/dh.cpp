#include "crypto/dh.h"

#include <openssl/bn.h>

#include <algorithm>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

using Number = LibcryptoPtr<BIGNUM, BN_clear_free>;
using Scratch = LibcryptoPtr<BN_CTX, BN_CTX_free>;

// RFC 4419 §6.2 and RFC 8268 §4 want twice the bits of the strongest key that is derived; the strongest is 256 bits.
// RFC 7919 §5.2 finds 400 enough for 8192-bit groups.
constexpr std::size_t exponent_size = 64;

constexpr std::uint8_t two = 2;

template <BIGNUM* (*prime)(BIGNUM*)>
Bytes built_in_prime()
{
    static const ByteVector bytes = [] {
        Number number{prime(nullptr)};
        NACRE_EXPECTS(number != nullptr);
        ByteVector result(static_cast<std::size_t>(BN_num_bytes(number.get())));
        BN_bn2bin(number.get(), result.data());
        return result;
    }();
    return bytes;
}

Number number_of(Bytes bytes)
{
    Number number{BN_new()};
    NACRE_EXPECTS(number && BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) != nullptr);
    return number;
}

// Whether 1 < number < modulus - 1.
bool is_inside(const BIGNUM* number, const BIGNUM* modulus)
{
    Number largest{BN_dup(modulus)};
    NACRE_EXPECTS(largest && BN_sub_word(largest.get(), 1) == 1);
    return BN_cmp(number, BN_value_one()) > 0 && BN_cmp(number, largest.get()) < 0;
}

Number power(const BIGNUM* base, Bytes exponent, const BIGNUM* modulus)
{
    auto secret = number_of(exponent);
    Number result{BN_new()};
    Scratch scratch{BN_CTX_secure_new_ex(libcrypto())};
    NACRE_EXPECTS(
        BN_mod_exp_mont_consttime(result.get(), base, secret.get(), modulus, scratch.get(), nullptr) == 1);
    return result;
}

} // namespace

DhGroup modp_group(Modp group)
{
    Bytes generator{&two, 1};
    switch (group) {
    case Modp::group1:
        return {built_in_prime<BN_get_rfc2409_prime_1024>(), generator};
    case Modp::group14:
        return {built_in_prime<BN_get_rfc3526_prime_2048>(), generator};
    case Modp::group16:
        return {built_in_prime<BN_get_rfc3526_prime_4096>(), generator};
    case Modp::group18:
        return {built_in_prime<BN_get_rfc3526_prime_8192>(), generator};
    }
    NACRE_UNREACHABLE();
}

std::optional<DhKey> DhKey::generate(DhGroup group, Random& random) { return make(group, dh_min_bits, random); }

DhKey DhKey::generate(Modp group, Random& random)
{
    auto key = make(modp_group(group), 0, random);
    NACRE_EXPECTS(key);                                           // the group is our own
    return std::move(*key);
}

std::optional<DhKey> DhKey::make(DhGroup group, std::size_t min_bits, Random& random)
{
    if (group.prime.size() > dh_max_bits / 8 + 1 || group.generator.size() > group.prime.size())
        return std::nullopt;
    auto prime = number_of(group.prime);
    auto generator = number_of(group.generator);
    auto bits = static_cast<std::size_t>(BN_num_bits(prime.get()));
    if (bits < min_bits || bits > dh_max_bits || !BN_is_odd(prime.get()) ||
        !is_inside(generator.get(), prime.get()))
        return std::nullopt;

    DhKey key;
    key.prime_ = to_vector(group.prime);
    key.private_key_ = SecretBytes(exponent_size);
    // A random number of 512 bits lands outside the useful range with a chance of nothing; the loop is for seeds in
    // tests and for small orders that a hostile group may have.
    for (int attempt = 0; attempt < 8; ++attempt) {
        random.fill(key.private_key_.bytes());
        auto result = power(generator.get(), key.private_key_.bytes(), prime.get());
        if (!is_inside(result.get(), prime.get()))
            continue;
        key.public_key_.resize(static_cast<std::size_t>(BN_num_bytes(result.get())));
        BN_bn2bin(result.get(), key.public_key_.data());
        return key;
    }
    return std::nullopt;
}

std::optional<SecretBytes> DhKey::agree(Bytes peer_public) const
{
    while (!peer_public.empty() && peer_public[0] == 0)
        peer_public = peer_public.subspan(1);
    if (peer_public.size() > prime_.size())
        return std::nullopt;
    auto prime = number_of(prime_);
    auto peer = number_of(peer_public);
    if (!is_inside(peer.get(), prime.get()))
        return std::nullopt;
    auto result = power(peer.get(), private_key_.bytes(), prime.get());
    if (BN_is_zero(result.get()) || BN_is_one(result.get()))
        return std::nullopt;
    SecretBytes shared(static_cast<std::size_t>(BN_num_bytes(result.get())));
    BN_bn2bin(result.get(), shared.bytes().data());
    return shared;
}

} // namespace nacre
