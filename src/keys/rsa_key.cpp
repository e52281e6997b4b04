// The family of ssh-rsa (RFC 4253 §6.6) with its three signature algorithms (RFC 8332 adds the SHA-2 ones).
#include "keys/key_family.h"

namespace nacre {

namespace {

// A positive mpint in its one proper form (RFC 4251 §5: "Unnecessary leading bytes with the value 0 […] MUST NOT be
// included"): two spellings of one key would let a revoked key pass for another.  Empty otherwise.
Bytes proper_magnitude(Reader& in)
{
    auto encoded = in.string();
    if (encoded.empty() || (encoded[0] & 0x80))
        return {};
    if (encoded[0] != 0)
        return encoded;
    return encoded.size() > 1 && (encoded[1] & 0x80) ? encoded.subspan(1) : Bytes{};
}

struct PublicNumbers {
    Bytes exponent, modulus;
};

PublicNumbers read_public(Reader& in)
{
    PublicNumbers numbers;
    numbers.exponent = proper_magnitude(in);
    numbers.modulus = proper_magnitude(in);
    return numbers;
}

Result<std::uint32_t> check_public(const KeyTypeRow&, Reader& in)
{
    auto [exponent, modulus] = read_public(in);
    if (modulus.empty())
        return peer_misbehaved("an RSA key whose modulus is not written in its one proper form");
    auto bits = bit_length(modulus);
    if (bits < rsa_minimum_bits || bits > rsa_maximum_bits)
        return incompatible("an RSA key must have 1024 to 16384 bits");
    // What libcrypto would find when it is asked for the first signature, without asking it now.
    if (exponent.empty() || bit_length(exponent) < 2 || !(exponent.back() & 1) || !(modulus.back() & 1))
        return peer_misbehaved("an RSA key with an impossible exponent or modulus");
    if (!rsa_exponent_fits(bits, exponent))
        return incompatible("an RSA key with too long an exponent");
    return bits;
}

Result<EvpKey> public_handle(const KeyTypeRow&, Bytes blob)
{
    Reader in{blob};
    in.string();
    auto [exponent, modulus] = read_public(in);
    auto key = rsa_public(modulus, exponent);
    if (!key)
        return peer_misbehaved("not an RSA key");
    return key;
}

ByteVector public_blob(const KeyTypeRow& type, const EvpKey& key)
{
    auto numbers = rsa_public_numbers(key);
    if (!numbers)
        return {};
    ByteVector blob;
    Writer{blob}.string(type.name).mpint(numbers->exponent).mpint(numbers->modulus);
    return blob;
}

Result<PrivateParts> from_numbers(const KeyTypeRow& type, const RsaPrivateNumbers& numbers)
{
    PrivateParts parts;
    parts.key = rsa_private(numbers);
    if (!parts.key)
        return bad_input("the numbers of an RSA private key that do not belong together");
    parts.public_blob = public_blob(type, parts.key);
    Buffer fields;
    Writer{fields}
        .mpint(numbers.modulus)
        .mpint(numbers.public_exponent)
        .mpint(numbers.private_exponent.bytes())
        .mpint(numbers.coefficient.bytes())
        .mpint(numbers.prime1.bytes())
        .mpint(numbers.prime2.bytes());
    parts.fields = SecretBytes::copy_of(fields.data());
    return parts;
}

Result<PrivateParts> from_handle(const KeyTypeRow& type, EvpKey key)
{
    auto numbers = rsa_numbers(key);
    if (!numbers)
        return bad_input("an RSA private key without its primes");
    return from_numbers(type, *numbers);
}

Result<PrivateParts> generate(const KeyTypeRow& type, std::uint32_t bits)
{
    if (bits < rsa_minimum_bits || bits > rsa_maximum_bits)
        return bad_input("an RSA key must have 1024 to 16384 bits");
    auto key = rsa_generate(bits);
    if (!key)
        return system_failure("cannot make an RSA key");
    return from_handle(type, std::move(key));
}

Result<PrivateParts> read_private(const KeyTypeRow& type, Reader& in)
{
    RsaPrivateNumbers numbers;
    numbers.modulus = to_vector(in.mpint());
    numbers.public_exponent = to_vector(in.mpint());
    numbers.private_exponent = SecretBytes::copy_of(in.mpint());
    numbers.coefficient = SecretBytes::copy_of(in.mpint());
    numbers.prime1 = SecretBytes::copy_of(in.mpint());
    numbers.prime2 = SecretBytes::copy_of(in.mpint());
    if (!in.ok())
        return bad_input("an RSA private key that is malformed");
    return from_numbers(type, numbers);
}

Result<ByteVector> sign(const PrivateParts& parts, const SignatureAlgorithm& algorithm, Bytes data)
{
    auto signature = rsa_sign(parts.key, *algorithm.hash, data);
    if (signature.empty())
        return system_failure("signing failed");
    return signature;
}

Result<void> verify(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more)
{
    TRY(more.finish("signature"));
    auto key = TRY(public_handle(type, blob));
    if (!rsa_verify(key, *check.algorithm.hash, check.data, check.signature))
        return wrong_signature();
    return {};
}

constexpr LibcryptoForms libcrypto_forms{public_handle, public_blob, from_handle};

} // namespace

constinit const KeyFamily rsa_family{check_public, generate, read_private, sign, verify, &libcrypto_forms};

} // namespace nacre
