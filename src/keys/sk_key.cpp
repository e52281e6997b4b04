// The families of keys in FIDO tokens, with Ed25519 and with ECDSA (OpenSSH's PROTOCOL.u2f), and WebAuthn's signatures.
//
// Here they can only verify.  Signing is the token's, behind a program of its own (tokens/).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keys/key_family.h"
#include "keys/security_key.h"

namespace nacre {

namespace {

constexpr std::string_view curve_name = "nistp256";

// WebAuthn §6.1: authenticator data has more behind the counter.
constexpr std::uint8_t has_attested_credential = 0x40;
constexpr std::uint8_t has_extensions = 0x80;

struct PublicFields {
    EvpKey key;                                                   // null: not a key
    std::string_view application;
};

PublicFields read_ed25519(Reader& in)
{
    auto half = in.string();
    auto application = in.text();
    if (!in.ok() || half.size() != ed25519_key_size)
        return {};
    return {ed25519_public(half), application};
}

PublicFields read_ecdsa(Reader& in)
{
    auto curve = in.text();
    auto point = in.string();
    auto application = in.text();
    if (!in.ok() || curve != curve_name)
        return {};
    return {ecdsa_public(Curve::nistp256, point), application};
}

PublicFields read_fields(const KeyTypeRow& type, Reader& in)
{
    return type.plain_kind == KeyKind::sk_ed25519 ? read_ed25519(in) : read_ecdsa(in);
}

Result<std::uint32_t> check_public(const KeyTypeRow& type, Reader& in)
{
    auto fields = read_fields(type, in);
    if (!fields.key)
        return peer_misbehaved(fmt::format("not an {} key", type.short_name));
    if (fields.application.contains('\0'))
        return peer_misbehaved("a token's key whose application contains NUL");
    return type.fixed_bits;
}

Result<PrivateParts> generate(const KeyTypeRow&, std::uint32_t)
{
    return bad_input("only a FIDO token makes such a key");
}

Result<PrivateParts> read_private(const KeyTypeRow& type, Reader& in)
{
    PrivateParts parts;
    auto all = Reader{in}.rest();
    TRY(check_public(type, in));
    Writer{parts.public_blob}.string(type.name).raw(all.first(all.size() - in.left()));
    in.u8();
    auto handle = in.string();
    in.string();
    if (!in.ok() || handle.size() > longest_key_handle)
        return bad_input("the private half of a token's key is malformed");
    parts.fields = SecretBytes::copy_of(all.first(all.size() - in.left()));
    return parts;
}

Result<ByteVector> sign(const PrivateParts&, const SignatureAlgorithm&, Bytes)
{
    return bad_input("this key signs inside of its token only");
}

Result<void> check_demands(SkSignatureEnd end, TokenDemands demands)
{
    if (demands.touch && !(end.flags & sk_user_present))
        return not_permitted("signed without a person's touch of the token");
    if (demands.verification && !(end.flags & sk_user_verified))
        return not_permitted("signed without the token having verified its user");
    return {};
}

struct Signed {
    SkSignatureEnd end;
    ByteVector bytes;                                             // under the token's signature
};

Signed signed_plainly(std::string_view application, Bytes message, Reader& more)
{
    SkSignatureEnd end;
    end.flags = more.u8();
    end.counter = more.u32();
    return {end, bytes_signed_by_token(application, end, {}, message)};
}

// WebAuthn §5.8.1: what a browser says it was asked for, in the one order that browsers write it.
bool is_about(std::string_view client_data, std::string_view origin, Bytes message)
{
    auto challenge = to_base64(message);
    challenge.resize(std::min(challenge.size(), challenge.find('=')));
    std::ranges::replace(challenge, '+', '-');
    std::ranges::replace(challenge, '/', '_');
    auto start = fmt::format(R"({{"type":"webauthn.get","challenge":"{}","origin":"{}")", challenge, origin);
    return client_data.starts_with(start);
}

// The message is not what the token saw: it saw what the browser made of it.
Signed signed_by_browser(std::string_view application, Bytes message, Reader& more)
{
    SkSignatureEnd end;
    end.flags = more.u8();
    end.counter = more.u32();
    auto origin = more.text();
    auto client_data = more.text();
    auto extensions = more.string();
    bool consistent = !origin.contains('"') && !(end.flags & has_attested_credential) &&
                      extensions.empty() == !(end.flags & has_extensions);
    if (!consistent || !is_about(client_data, origin, message))
        more.reject();
    return {end, bytes_signed_by_token(application, end, extensions, as_bytes(client_data))};
}

Result<void> verify_ed25519(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more)
{
    Reader in{blob};
    in.string();
    auto fields = read_fields(type, in);
    auto [end, bytes] = signed_plainly(fields.application, check.data, more);
    TRY(more.finish("signature of a token"));
    if (!fields.key || !ed25519_verify(fields.key, bytes, check.signature))
        return wrong_signature();
    return check_demands(end, check.demands);
}

Result<void> verify_ecdsa(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more)
{
    Reader in{blob};
    in.string();
    auto fields = read_fields(type, in);
    bool of_browser = check.algorithm.label != type.name;
    auto [end, bytes] = of_browser ? signed_by_browser(fields.application, check.data, more)
                                   : signed_plainly(fields.application, check.data, more);
    TRY(more.finish(of_browser ? "signature of a browser" : "signature of a token"));
    Reader numbers{check.signature};
    auto r = numbers.mpint();
    auto s = numbers.mpint();
    TRY(numbers.finish("signature of a token"));
    if (!fields.key || !ecdsa_verify(fields.key, HashKind::sha256, bytes, r, s))
        return wrong_signature();
    return check_demands(end, check.demands);
}

} // namespace

constinit const KeyFamily sk_ed25519_family{check_public, generate, read_private, sign, verify_ed25519};
constinit const KeyFamily sk_ecdsa_family{check_public, generate, read_private, sign, verify_ecdsa};

} // namespace nacre
