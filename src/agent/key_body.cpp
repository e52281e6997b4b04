#include "agent/key_body.h"

#include <fmt/format.h>

#include "agent/messages.h"
#include "base/buffer.h"
#include "base/text.h"

namespace nacre::agent {

namespace {

constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com";
constexpr std::size_t comment_limit = 1024;

// A private key's fields: a few public ones, which a certificate already has, and the private ones behind them.
struct Shape {
    std::size_t public_fields;                                    // strings that are left out with a certificate
    std::string_view private_fields;                              // 's' for a string or integer, 'b' for a byte
    std::size_t certified_fields;                                 // the key's, within the certificate
    bool reversed = false;                                        // RSA: e, n there; n, e in a private key
};

Shape shape_of(KeyKind kind)
{
    switch (kind) {
    case KeyKind::rsa: return {2, "ssss", 2, true};
    case KeyKind::ed25519: return {0, "ss", 1};
    case KeyKind::sk_ed25519: return {0, "ssbss", 2};             // key, application, flags, key handle, reserved
    case KeyKind::sk_ecdsa_nistp256: return {2, "sbss", 3};
    case KeyKind::mldsa44_ed25519: return {1, "s", 1};
    default: return {2, "s", 2};
    }
}

void copy_private_fields(Reader& in, std::string_view fields, Writer& out)
{
    for (char field : fields) {
        if (field == 'b')
            out.u8(in.u8());
        else
            out.string(in.string());
    }
}

// Nothing: not the name of a type of certificates.
const KeyTypeRow* plain_type(std::string_view certificate_type)
{
    auto* type = find_key_type(certificate_type);
    return type && type->is_certificate() ? &key_type(type->plain_kind) : nullptr;
}

// The key inside a certificate, as fields in the order of the wire.
struct CertifiedKey {
    ByteVector blob;                                              // as a plain public key
    std::vector<Bytes> fields;
};

Result<CertifiedKey> certified_key(const KeyTypeRow& type, Bytes certificate)
{
    Reader in{certificate};
    in.string();                                                  // type
    in.string();                                                  // nonce
    CertifiedKey found;
    Writer blob{found.blob};
    blob.string(type.name);
    for (std::size_t i = 0; i < shape_of(type.kind).certified_fields; ++i)
        blob.string(found.fields.emplace_back(in.string()));
    if (!in.ok())
        return bad_input("a certificate that is cut short");
    return found;
}

Result<OfferedKey> read_certificate(Reader& in, std::string_view type_name)
{
    auto* type = plain_type(type_name);
    if (!type)
        return bad_input(fmt::format("unknown key type \"{}\"", printable(type_name.substr(0, 64))));
    auto certificate = in.string();
    if (!in.ok() || type_of_blob(certificate) != type_name)
        return bad_input("a certificate of another type than announced");
    TRY(PublicKey::from_blob(certificate));
    auto certified = TRY(certified_key(*type, certificate));
    auto shape = shape_of(type->kind);
    Buffer whole;
    Writer fields{whole};
    fields.string(type->name);
    for (std::size_t i = 0; i < shape.public_fields; ++i)
        fields.string(certified.fields[shape.reversed ? shape.public_fields - 1 - i : i]);
    copy_private_fields(in, shape.private_fields, fields);
    Reader body{whole.data()};
    auto key = TRY(PrivateKey::read_fields(body));
    if (!same_bytes(key.public_key().blob(), certified.blob))
        return bad_input("the certificate is about another key");
    return OfferedKey{to_vector(certificate), std::move(key), {}};
}

} // namespace

bool is_certificate_type(std::string_view key_type) { return key_type.ends_with(certificate_suffix); }

std::string_view type_of_blob(Bytes blob) { return Reader{blob}.text(); }

std::string_view signing_algorithm(const PublicKey& key, std::uint32_t flags)
{
    if (key.kind() != KeyKind::rsa)
        return key.type().name;
    if (flags & rsa_sha2_256_flag)
        return "rsa-sha2-256";
    return flags & rsa_sha2_512_flag ? "rsa-sha2-512" : "ssh-rsa";
}

Result<OfferedKey> read_offered_key(Reader& in)
{
    auto look_ahead = in;
    auto type_name = look_ahead.text();
    auto offered = [&]() -> Result<OfferedKey> {
        if (is_certificate_type(type_name)) {
            in = look_ahead;
            return read_certificate(in, type_name);
        }
        auto key = TRY(PrivateKey::read_fields(in));
        auto blob = to_vector(key.public_key().blob());
        return OfferedKey{std::move(blob), std::move(key), {}};
    }();
    if (!offered)
        return offered;
    auto comment = in.text();
    if (!in.ok())
        return bad_input("a key that is cut short");
    offered->comment = std::string{comment.substr(0, comment_limit)};
    return offered;
}

void write_offered_key(Writer out, const PrivateKey& key, std::string_view comment)
{
    key.write_fields(out);
    out.string(comment);
}

Result<void> write_offered_certificate(Writer out, Bytes certificate, const PrivateKey& key, std::string_view comment)
{
    auto& type = key.public_key().type();
    auto type_name = type_of_blob(certificate);
    if (plain_type(type_name) != &type)
        return bad_input("the certificate is about another type of key");
    auto certified = TRY(certified_key(type, certificate));
    if (!same_bytes(certified.blob, key.public_key().blob()))
        return bad_input("the certificate is about another key");
    Buffer whole;
    key.write_fields(Writer{whole});
    Reader fields{whole.data()};
    fields.string();                                              // type
    for (std::size_t i = 0; i < shape_of(type.kind).public_fields; ++i)
        fields.string();
    out.string(type_name).string(certificate).raw(fields.rest()).string(comment);
    return {};
}

} // namespace nacre::agent
