// The family of ssh-mldsa44-ed25519@openssh.com: two signatures in one, of which an attacker would have to forge both.
//
// draft-miller-sshm-mldsa44-ed25519-composite-sigs over draft-ietf-lamps-pq-composite-sigs: keys,
// seeds and signatures of the two lie one behind the other, ML-DSA-44's first.
#include "crypto/hash.h"
#include "crypto/mldsa.h"
#include "crypto/random.h"
#include "keys/key_family.h"

namespace nacre {

namespace {

constexpr std::string_view prefix = "CompositeAlgorithmSignatures2025";
constexpr std::string_view label = "COMPSIG-MLDSA44-Ed25519-SHA512";

constexpr std::size_t public_size = MlDsa44::public_key_size + ed25519_key_size;
constexpr std::size_t seed_size = MlDsa44::seed_size + ed25519_key_size;
constexpr std::size_t signature_size = MlDsa44::signature_size + ed25519_signature_size;

// LAMPS §3.2: M' = prefix, label, length of the context (SSH has none), hash of the message.
ByteVector message_to_sign(Bytes data)
{
    ByteVector message;
    Writer{message}.raw(as_bytes(prefix)).raw(as_bytes(label)).u8(0).raw(hash_of(HashKind::sha512, data));
    return message;
}

Result<std::uint32_t> check_public(const KeyTypeRow& type, Reader& in)
{
    if (in.string().size() != public_size)
        return peer_misbehaved("a key of ML-DSA-44 and Ed25519 must have 1344 bytes");
    return type.fixed_bits;
}

Result<PrivateParts> parts_of(const KeyTypeRow& type, Bytes seeds)
{
    MlDsa44 lattice{SecretBytes::copy_of(seeds.first(MlDsa44::seed_size))};
    auto curve = ed25519_private(seeds.subspan(MlDsa44::seed_size));
    if (!curve)
        return system_failure("cannot make an Ed25519 key");
    ByteVector half;
    Writer{half}.raw(lattice.public_key()).raw(ed25519_public_half(curve));
    PrivateParts parts;
    Writer{parts.public_blob}.string(type.name).string(half);
    Buffer fields;
    Writer{fields}.string(half).string(seeds);
    parts.fields = SecretBytes::copy_of(fields.data());
    return parts;
}

Result<PrivateParts> generate(const KeyTypeRow& type, std::uint32_t)
{
    SystemRandom random;
    SecretBytes seeds(seed_size);
    random.fill(seeds.bytes());
    return parts_of(type, seeds.bytes());
}

Result<PrivateParts> read_private(const KeyTypeRow& type, Reader& in)
{
    auto half = in.string();
    auto seeds = in.string();
    if (!in.ok() || half.size() != public_size || seeds.size() != seed_size)
        return bad_input("a private key of ML-DSA-44 and Ed25519 of the wrong size");
    auto parts = TRY(parts_of(type, seeds));
    Reader derived{parts.fields.bytes()};
    if (!same_bytes(derived.string(), half))
        return bad_input("the private key and its public half do not belong together");
    return parts;
}

// Both keys come out of their seeds each time: a key at rest is 64 bytes.
Result<ByteVector> sign(const PrivateParts& parts, const SignatureAlgorithm&, Bytes data)
{
    Reader fields{parts.fields.bytes()};
    fields.string();
    auto seeds = fields.string();
    auto message = message_to_sign(data);
    SystemRandom random;
    MlDsa44 lattice{SecretBytes::copy_of(seeds.first(MlDsa44::seed_size))};
    auto curve = ed25519_private(seeds.subspan(MlDsa44::seed_size));
    ByteVector signature = lattice.sign(message, as_bytes(label), random);
    Writer{signature}.raw(ed25519_sign(curve, message));
    if (signature.size() != signature_size)
        return system_failure("signing failed");
    return signature;
}

Result<void> verify(const KeyTypeRow&, Bytes blob, const SignatureCheck& check, Reader& more)
{
    TRY(more.finish("signature"));
    Reader in{blob};
    in.string();
    auto half = in.string();
    if (half.size() != public_size || check.signature.size() != signature_size)
        return wrong_signature();
    auto message = message_to_sign(check.data);
    auto curve = ed25519_public(half.subspan(MlDsa44::public_key_size));
    bool lattice_agrees = MlDsa44::verify(half.first(MlDsa44::public_key_size), message, as_bytes(label),
                                          check.signature.first(MlDsa44::signature_size));
    if (!lattice_agrees || !curve ||
        !ed25519_verify(curve, message, check.signature.subspan(MlDsa44::signature_size)))
        return wrong_signature();
    return {};
}

} // namespace

constinit const KeyFamily mldsa44_ed25519_family{check_public, generate, read_private, sign, verify};

} // namespace nacre
