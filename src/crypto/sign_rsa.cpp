// RSA with PKCS #1 v1.5 signatures (RFC 8017 §8.2).
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <bit>

#include "base/contract.h"
#include "crypto/key_numbers.h"
#include "crypto/sign.h"

namespace nacre {

namespace {

Bytes without_leading_zeros(Bytes magnitude)
{
    while (!magnitude.empty() && magnitude[0] == 0)
        magnitude = magnitude.subspan(1);
    return magnitude;
}

bool fits_limits(Bytes modulus, Bytes exponent)
{
    auto bits = bit_length(modulus);
    bool modulus_fits = bits >= rsa_minimum_bits && bits <= rsa_maximum_bits && (modulus.back() & 1);
    exponent = without_leading_zeros(exponent);
    return modulus_fits && !exponent.empty() && (exponent.back() & 1) && bit_length(exponent) >= 2 &&
           rsa_exponent_fits(bits, exponent);
}

bool is_one(const BIGNUM* number) { return BN_is_one(number) == 1; }

// a * b = 1 modulo m
bool are_inverse(const BIGNUM* a, const BIGNUM* b, const BIGNUM* modulus, BN_CTX* context)
{
    auto product = new_bignum();
    return BN_mod_mul(product.get(), a, b, modulus, context) == 1 && is_one(product.get());
}

struct ChineseRemainder {
    Bignum exponent1 = new_bignum();                              // d mod (p - 1)
    Bignum exponent2 = new_bignum();                              // d mod (q - 1)
};

struct PrivateBignums {
    Bignum n, e, d, p, q, coefficient;
};

// Everything that RFC 8017 §3.2 says of the numbers but that p and q are prime.
bool belong_together(const PrivateBignums& k, ChineseRemainder& crt)
{
    BignumContext context{BN_CTX_secure_new_ex(libcrypto())};
    auto product = new_bignum();
    auto p1 = new_bignum();
    auto q1 = new_bignum();
    NACRE_EXPECTS(context != nullptr);
    if (BN_num_bits(k.p.get()) < 2 || BN_num_bits(k.q.get()) < 2 || BN_cmp(k.d.get(), k.n.get()) >= 0)
        return false;
    return BN_mul(product.get(), k.p.get(), k.q.get(), context.get()) == 1 && BN_cmp(product.get(), k.n.get()) == 0 &&
        BN_sub(p1.get(), k.p.get(), BN_value_one()) == 1 && BN_sub(q1.get(), k.q.get(), BN_value_one()) == 1 &&
        BN_mod(crt.exponent1.get(), k.d.get(), p1.get(), context.get()) == 1 &&
        BN_mod(crt.exponent2.get(), k.d.get(), q1.get(), context.get()) == 1 &&
        are_inverse(k.e.get(), crt.exponent1.get(), p1.get(), context.get()) &&
        are_inverse(k.e.get(), crt.exponent2.get(), q1.get(), context.get()) &&
        BN_cmp(k.coefficient.get(), k.p.get()) < 0 &&
        are_inverse(k.coefficient.get(), k.q.get(), k.p.get(), context.get());
}

Bignum secret_bignum(Bytes magnitude)
{
    auto number = bignum_from(magnitude);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    return number;
}

} // namespace

std::uint32_t bit_length(Bytes magnitude)
{
    magnitude = without_leading_zeros(magnitude);
    if (magnitude.empty())
        return 0;
    constexpr std::size_t enough = 1U << 20;                      // nobody asks further
    return static_cast<std::uint32_t>((std::min(magnitude.size(), enough) - 1) * 8) +
        static_cast<std::uint32_t>(std::bit_width(magnitude[0]));
}

bool rsa_exponent_fits(std::uint32_t modulus_bits, Bytes exponent)
{
    constexpr std::uint32_t small_modulus = 3072, most_bits = 64, most_bits_of_small = 256;   // libcrypto's, and FIPS 186-5's
    return bit_length(exponent) <= (modulus_bits <= small_modulus ? most_bits_of_small : most_bits);
}

EvpKey rsa_public(Bytes modulus, Bytes exponent)
{
    if (!fits_limits(modulus, exponent))
        return nullptr;
    auto n = bignum_from(modulus);
    auto e = bignum_from(exponent);
    return KeyParameters{}
        .number(OSSL_PKEY_PARAM_RSA_N, n.get())
        .number(OSSL_PKEY_PARAM_RSA_E, e.get())
        .make_key("RSA", EVP_PKEY_PUBLIC_KEY);
}

EvpKey rsa_private(const RsaPrivateNumbers& numbers)
{
    constexpr std::size_t longest = rsa_maximum_bits / 8;
    for (auto* part : {&numbers.private_exponent, &numbers.prime1, &numbers.prime2, &numbers.coefficient})
        if (without_leading_zeros(part->bytes()).size() > longest)
            return nullptr;
    if (!fits_limits(numbers.modulus, numbers.public_exponent))
        return nullptr;
    PrivateBignums k{.n = bignum_from(numbers.modulus),
        .e = bignum_from(numbers.public_exponent),
        .d = secret_bignum(numbers.private_exponent.bytes()),
        .p = secret_bignum(numbers.prime1.bytes()),
        .q = secret_bignum(numbers.prime2.bytes()),
        .coefficient = secret_bignum(numbers.coefficient.bytes())};
    ChineseRemainder crt;
    if (!belong_together(k, crt)) {
        ERR_clear_error();
        return nullptr;
    }
    return KeyParameters{}
        .number(OSSL_PKEY_PARAM_RSA_N, k.n.get())
        .number(OSSL_PKEY_PARAM_RSA_E, k.e.get())
        .number(OSSL_PKEY_PARAM_RSA_D, k.d.get())
        .number(OSSL_PKEY_PARAM_RSA_FACTOR1, k.p.get())
        .number(OSSL_PKEY_PARAM_RSA_FACTOR2, k.q.get())
        .number(OSSL_PKEY_PARAM_RSA_EXPONENT1, crt.exponent1.get())
        .number(OSSL_PKEY_PARAM_RSA_EXPONENT2, crt.exponent2.get())
        .number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, k.coefficient.get())
        .make_key("RSA", EVP_PKEY_KEYPAIR);
}

SecretBytes rsa_coefficient(Bytes prime1, Bytes prime2)
{
    if (std::max(prime1.size(), prime2.size()) > rsa_maximum_bits / 8)
        return {};
    BignumContext context{BN_CTX_secure_new_ex(libcrypto())};
    auto p = secret_bignum(prime1);
    auto q = secret_bignum(prime2);
    Bignum inverse{BN_mod_inverse(nullptr, q.get(), p.get(), context.get())};
    if (inverse)
        return secret_magnitude_of(inverse.get());
    ERR_clear_error();
    return {};
}

EvpKey rsa_generate(std::uint32_t bits)
{
    NACRE_EXPECTS(bits >= rsa_minimum_bits && bits <= rsa_maximum_bits);
    return EvpKey{EVP_PKEY_Q_keygen(libcrypto(), nullptr, "RSA", std::size_t{bits})};
}

std::optional<RsaPublicNumbers> rsa_public_numbers(const EvpKey& key)
{
    auto n = key_number(key, OSSL_PKEY_PARAM_RSA_N);
    auto e = key_number(key, OSSL_PKEY_PARAM_RSA_E);
    if (!n || !e)
        return std::nullopt;
    return RsaPublicNumbers{magnitude_of(n.get()), magnitude_of(e.get())};
}

std::optional<RsaPrivateNumbers> rsa_numbers(const EvpKey& key)
{
    auto n = key_number(key, OSSL_PKEY_PARAM_RSA_N);
    auto e = key_number(key, OSSL_PKEY_PARAM_RSA_E);
    auto d = key_number(key, OSSL_PKEY_PARAM_RSA_D);
    auto p = key_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
    auto q = key_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
    auto coefficient = key_number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
    if (!n || !e || !d || !p || !q || !coefficient)
        return std::nullopt;
    RsaPrivateNumbers numbers;
    numbers.modulus = magnitude_of(n.get());
    numbers.public_exponent = magnitude_of(e.get());
    numbers.private_exponent = secret_magnitude_of(d.get());
    numbers.prime1 = secret_magnitude_of(p.get());
    numbers.prime2 = secret_magnitude_of(q.get());
    numbers.coefficient = secret_magnitude_of(coefficient.get());
    return numbers;
}

ByteVector rsa_sign(const EvpKey& key, HashKind hash, Bytes data)
{
    auto signature = digest_sign(key, digest_name(hash), data);   // PKCS #1 v1.5 is libcrypto's default padding
    if (signature.empty() || !digest_verify(key, digest_name(hash), data, signature))
        return {};
    return signature;
}

bool rsa_verify(const EvpKey& key, HashKind hash, Bytes data, Bytes signature)
{
    auto size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    if (signature.empty() || signature.size() > size)
        return false;
    ByteVector padded(size - signature.size(), 0);
    padded.insert(padded.end(), signature.begin(), signature.end());
    return digest_verify(key, digest_name(hash), data, padded);
}

} // namespace nacre
