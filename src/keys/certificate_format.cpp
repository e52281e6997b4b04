#include "keys/certificate_format.h"

#include "base/contract.h"
#include "keys/key_family.h"

namespace nacre {

namespace {

// The key's fields, told by the family that knows where they end.
struct KeyFields {
    Bytes bytes;
    std::uint32_t bits = 0;
};

Result<KeyFields> read_key_fields(const KeyTypeRow& plain, Reader& in)
{
    auto rest = Reader{in}.rest();
    auto bits = TRY(family_of(plain.kind).check_public(plain, in));
    return KeyFields{rest.first(rest.size() - in.left()), bits};
}

Result<std::uint32_t> check_public(const KeyTypeRow& type, Reader& in)
{
    auto parts = TRY(read_certificate_parts(type, in));
    return parts.bits;
}

Result<PrivateParts> no_private_half() { return bad_input("a certificate is no private key"); }

Result<ByteVector> sign(const PrivateParts&, const SignatureAlgorithm&, Bytes)
{
    return bad_input("a certificate is no private key");
}

// As the key inside does.
Result<void> verify(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more)
{
    auto& plain = key_type(type.plain_kind);
    return family_of(plain.kind).verify(plain, plain_blob_of_certificate(type, blob), check, more);
}

} // namespace

Result<CertificateParts> read_certificate_parts(const KeyTypeRow& type, Reader& in)
{
    CertificateParts parts;
    in.string();                                                  // the nonce: makes the signed bytes unforeseeable
    auto key = TRY(read_key_fields(key_type(type.plain_kind), in));
    parts.key_fields = key.bytes;
    parts.bits = key.bits;
    parts.body = decode_part<CertificateBody>(in);
    parts.signature = in.string();
    if (!in.ok())
        return peer_misbehaved("a certificate that ends early");
    return parts;
}

ByteVector plain_blob_of_certificate(const KeyTypeRow& type, Bytes blob)
{
    Reader in{blob};
    in.string();
    auto parts = read_certificate_parts(type, in);
    NACRE_EXPECTS(parts.has_value());                             // from_blob() has read it before
    ByteVector plain;
    Writer{plain}.string(key_type(type.plain_kind).name).raw(parts->key_fields);
    return plain;
}

constinit const KeyFamily certificate_family{
    check_public,
    [](const KeyTypeRow&, std::uint32_t) { return no_private_half(); },
    [](const KeyTypeRow&, Reader&) { return no_private_half(); },
    sign,
    verify,
};

} // namespace nacre
