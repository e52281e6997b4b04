// The family of ecdsa-sha2-nistp256, -384 and -521 (RFC 5656 §3).
#include "base/contract.h"
#include "keys/key_family.h"

namespace nacre {

namespace {

constexpr std::string_view prefix = "ecdsa-sha2-";

Curve curve_of(const KeyTypeRow& type)
{
    switch (type.kind) {
    case KeyKind::ecdsa_nistp256: return Curve::nistp256;
    case KeyKind::ecdsa_nistp384: return Curve::nistp384;
    case KeyKind::ecdsa_nistp521: return Curve::nistp521;
    default: NACRE_UNREACHABLE();
    }
}

// RFC 5656 §3.1: the curve's name once more, then the point.
Result<EvpKey> read_point(const KeyTypeRow& type, Reader& in)
{
    auto curve_name = in.text();
    auto point = in.string();
    if (curve_name != type.name.substr(prefix.size()))
        return peer_misbehaved("an ECDSA key that names two curves");
    auto key = ecdsa_public(curve_of(type), point);
    if (!key)
        return peer_misbehaved("an ECDSA key that is no point of its curve");
    return key;
}

Result<std::uint32_t> check_public(const KeyTypeRow& type, Reader& in)
{
    TRY(read_point(type, in));
    return type.fixed_bits;
}

Result<EvpKey> public_handle(const KeyTypeRow& type, Bytes blob)
{
    Reader in{blob};
    in.string();
    return read_point(type, in);
}

ByteVector public_blob(const KeyTypeRow& type, const EvpKey& key)
{
    auto point = ecdsa_point(key);
    if (point.empty())
        return {};
    ByteVector blob;
    Writer{blob}.string(type.name).string(type.name.substr(prefix.size())).string(point);
    return blob;
}

PrivateParts parts_of(const KeyTypeRow& type, EvpKey key, Bytes point, Bytes scalar)
{
    PrivateParts parts;
    parts.public_blob = public_blob(type, key);
    Buffer fields;
    Writer{fields}.string(type.name.substr(prefix.size())).string(point).mpint(scalar);
    parts.fields = SecretBytes::copy_of(fields.data());
    parts.key = std::move(key);
    return parts;
}

Result<PrivateParts> from_numbers(const KeyTypeRow& type, Bytes point, Bytes scalar)
{
    auto key = ecdsa_private(curve_of(type), point, scalar);
    if (!key)
        return bad_input("the private key and its public half do not belong together");
    return parts_of(type, std::move(key), point, scalar);
}

Result<PrivateParts> from_handle(const KeyTypeRow& type, EvpKey key)
{
    auto point = ecdsa_point(key);
    auto scalar = ecdsa_scalar(key);
    return from_numbers(type, point, scalar.bytes());
}

Result<PrivateParts> generate(const KeyTypeRow& type, std::uint32_t)
{
    auto key = ecdsa_generate(curve_of(type));
    if (!key)
        return system_failure("cannot make an ECDSA key");
    return from_handle(type, std::move(key));
}

Result<PrivateParts> read_private(const KeyTypeRow& type, Reader& in)
{
    auto curve_name = in.text();
    auto point = in.string();
    auto scalar = in.mpint();
    if (!in.ok() || curve_name != type.name.substr(prefix.size()))
        return bad_input("an ECDSA private key that is malformed");
    return from_numbers(type, point, scalar);
}

// RFC 5656 §3.1.2: r and s.
Result<ByteVector> sign(const PrivateParts& parts, const SignatureAlgorithm& algorithm, Bytes data)
{
    auto signature = ecdsa_sign(parts.key, *algorithm.hash, data);
    if (!signature)
        return system_failure("signing failed");
    ByteVector encoded;
    Writer{encoded}.mpint(signature->r).mpint(signature->s);
    return encoded;
}

Result<void> verify(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more)
{
    TRY(more.finish("signature"));
    Reader in{check.signature};
    auto r = in.mpint();
    auto s = in.mpint();
    TRY(in.finish("signature"));
    auto key = TRY(public_handle(type, blob));
    if (!ecdsa_verify(key, *check.algorithm.hash, check.data, r, s))
        return wrong_signature();
    return {};
}

constexpr LibcryptoForms libcrypto_forms{public_handle, public_blob, from_handle};

} // namespace

constinit const KeyFamily ecdsa_family{check_public, generate, read_private, sign, verify, &libcrypto_forms};

} // namespace nacre
