// The family of ssh-ed25519 (RFC 8709 §4 and §6).
#include "crypto/random.h"
#include "keys/key_family.h"

namespace nacre {

namespace {

Result<std::uint32_t> check_public(const KeyTypeRow& type, Reader& in)
{
    if (in.string().size() != ed25519_key_size)
        return peer_misbehaved("an Ed25519 key must have 32 bytes");
    return type.fixed_bits;
}

Result<EvpKey> public_handle(const KeyTypeRow&, Bytes blob)
{
    Reader in{blob};
    in.string();
    auto key = ed25519_public(in.string());
    if (!key)
        return peer_misbehaved("not an Ed25519 key");
    return key;
}

ByteVector public_blob(const KeyTypeRow& type, const EvpKey& key)
{
    ByteVector blob;
    Writer{blob}.string(type.name).string(ed25519_public_half(key));
    return blob;
}

Result<PrivateParts> parts_of(const KeyTypeRow& type, EvpKey key)
{
    auto half = ed25519_public_half(key);
    auto seed = ed25519_seed(key);
    PrivateParts parts;
    parts.public_blob = public_blob(type, key);
    Buffer fields;
    Writer{fields}.string(half).u32(2 * ed25519_key_size).raw(seed.bytes()).raw(half);
    parts.fields = SecretBytes::copy_of(fields.data());
    parts.key = std::move(key);
    return parts;
}

Result<PrivateParts> generate(const KeyTypeRow& type, std::uint32_t)
{
    SystemRandom random;
    SecretBytes seed(ed25519_key_size);
    random.fill(seed.bytes());
    auto key = ed25519_private(seed.bytes());
    if (!key)
        return system_failure("cannot make an Ed25519 key");
    return parts_of(type, std::move(key));
}

// Signing with one key and naming another gives the private key away, so both copies of the public half must be the
// seed's own.
Result<PrivateParts> read_private(const KeyTypeRow& type, Reader& in)
{
    auto half = in.string();
    auto both = in.string();
    if (!in.ok() || half.size() != ed25519_key_size || both.size() != 2 * ed25519_key_size)
        return bad_input("an Ed25519 private key of the wrong size");
    auto key = ed25519_private(both.first(ed25519_key_size));
    if (!key)
        return bad_input("not an Ed25519 private key");
    auto derived = ed25519_public_half(key);
    if (!same_bytes(derived, half) || !same_bytes(derived, both.last(ed25519_key_size)))
        return bad_input("the private key and its public half do not belong together");
    return parts_of(type, std::move(key));
}

Result<ByteVector> sign(const PrivateParts& parts, const SignatureAlgorithm&, Bytes data)
{
    auto signature = ed25519_sign(parts.key, data);
    if (signature.empty())
        return system_failure("signing failed");
    return signature;
}

Result<void> verify(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more)
{
    TRY(more.finish("signature"));
    auto key = TRY(public_handle(type, blob));
    if (!ed25519_verify(key, check.data, check.signature))
        return wrong_signature();
    return {};
}

constexpr LibcryptoForms libcrypto_forms{public_handle, public_blob, parts_of};

} // namespace

constinit const KeyFamily ed25519_family{check_public, generate, read_private, sign, verify, &libcrypto_forms};

} // namespace nacre
