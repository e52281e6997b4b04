#include "keys/security_key.h"

#include "crypto/hash.h"
#include "wire/writer.h"

namespace nacre {

ByteVector bytes_signed_by_token(std::string_view application, SkSignatureEnd end, Bytes extensions, Bytes message)
{
    ByteVector bytes;
    Writer{bytes}
        .raw(hash_of(HashKind::sha256, as_bytes(application)))
        .u8(end.flags)
        .u32(end.counter)
        .raw(extensions)
        .raw(hash_of(HashKind::sha256, message));
    return bytes;
}

ByteVector sk_ed25519_signature(Bytes signature, SkSignatureEnd end)
{
    ByteVector blob;
    Writer{blob}.string(key_type(KeyKind::sk_ed25519).name).string(signature).u8(end.flags).u32(end.counter);
    return blob;
}

ByteVector sk_ecdsa_signature(Bytes r, Bytes s, SkSignatureEnd end)
{
    ByteVector numbers;
    Writer{numbers}.mpint(r).mpint(s);
    ByteVector blob;
    Writer{blob}.string(key_type(KeyKind::sk_ecdsa_nistp256).name).string(numbers).u8(end.flags).u32(end.counter);
    return blob;
}

Result<PublicKey> sk_public_key(KeyKind kind, Bytes key, std::string_view application)
{
    ByteVector blob;
    Writer out{blob};
    out.string(key_type(kind).name);
    if (kind == KeyKind::sk_ecdsa_nistp256)
        out.string(std::string_view{"nistp256"});
    out.string(key).string(application);
    return PublicKey::from_blob(blob);
}

} // namespace nacre
