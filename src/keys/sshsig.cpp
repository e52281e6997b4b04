#include "keys/sshsig.h"

#include <fmt/format.h>

#include "base/text.h"
#include "keys/armor.h"
#include "wire/fields.h"

namespace nacre {

namespace {

constexpr std::string_view first_line_of_file = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view last_line_of_file = "-----END SSH SIGNATURE-----";
constexpr std::array<std::uint8_t, 6> magic{'S', 'S', 'H', 'S', 'I', 'G'};
constexpr std::uint32_t version = 1;
constexpr std::size_t columns = 70;

struct Blob {
    std::array<std::uint8_t, 6> magic{};
    std::uint32_t version = 0;
    Bytes key;
    std::string_view purpose;
    Bytes reserved;
    std::string_view hash;
    Bytes signature;
    static constexpr std::string_view name = "signature";
    using fields = Fields<&Blob::magic, &Blob::version, &Blob::key, &Blob::purpose, &Blob::reserved, &Blob::hash,
                          &Blob::signature>;
};

std::string_view name_of_hash(HashKind hash) { return hash == HashKind::sha256 ? "sha256" : "sha512"; }

ByteVector bytes_under_signature(std::string_view purpose, HashKind hash, Bytes digest)
{
    ByteVector bytes;
    Writer{bytes}.raw(magic).string(purpose).string(std::string_view{}).string(name_of_hash(hash)).string(digest);
    return bytes;
}

} // namespace

std::optional<HashKind> signature_hash(std::string_view name)
{
    if (name == "sha256")
        return HashKind::sha256;
    if (name == "sha512")
        return HashKind::sha512;
    return std::nullopt;
}

Result<SignedMessage> parse_signed_message(Bytes file)
{
    if (file.size() > signature_file_limit)
        return bad_input("the signature file is too long");
    auto text = between_lines(file, first_line_of_file, last_line_of_file);
    if (!text)
        return bad_input("not a signature file");
    auto decoded = decode_wrapped_base64(*text);
    if (!decoded)
        return bad_input("a signature file whose base64 is damaged");
    auto blob = decode<Blob>(decoded->bytes());
    if (!blob || blob->magic != magic)
        return bad_input("a malformed signature");
    if (blob->version != version)
        return bad_input(fmt::format("a signature of the unknown version {}", blob->version));
    auto hash = signature_hash(blob->hash);
    if (!hash)
        return bad_input(fmt::format("a signature over the unknown hash {}", printable(blob->hash)));
    if (blob->purpose.empty())
        return bad_input("a signature without a namespace");
    auto key = TRY(PublicKey::from_blob(blob->key));
    return SignedMessage{std::move(key), std::string{blob->purpose}, *hash, to_vector(blob->signature)};
}

Result<void> SignedMessage::verify(std::string_view expected_purpose, Bytes digest) const
{
    if (purpose != expected_purpose)
        return not_permitted(fmt::format("the signature is for \"{}\", not for \"{}\"", printable(purpose),
                                         printable(expected_purpose)));
    auto algorithm = Reader{signature}.text();
    if (algorithm == "ssh-rsa")
        return not_permitted("a signature over SHA-1 proves nothing");
    return key.plain().verify(algorithm, bytes_under_signature(purpose, hash, digest), signature,
                              no_token_demands);
}

std::string SignedMessage::armored() const
{
    ByteVector bytes;
    Writer out{bytes};
    detail::encode_value(out, Blob{magic, version, key.blob(), purpose, {}, name_of_hash(hash), signature});
    Buffer text;
    text.append(as_bytes(first_line_of_file));
    text.append(as_bytes("\n"));
    append_wrapped_base64(text, bytes, columns);
    text.append(as_bytes(last_line_of_file));
    text.append(as_bytes("\n"));
    return std::string{as_text(text.data())};
}

Result<SignedMessage> sign_message(const PublicKey& key, std::string_view purpose, HashKind hash, Bytes digest,
                                   const CertificateSigner& signer)
{
    if (purpose.empty())
        return bad_input("a signature needs a namespace");
    auto algorithm = default_authority_algorithm(key.plain());
    auto signature = TRY(signer(algorithm, bytes_under_signature(purpose, hash, digest)));
    SignedMessage made{key, std::string{purpose}, hash, std::move(signature)};
    TRY(made.verify(purpose, digest));
    return made;
}

} // namespace nacre
