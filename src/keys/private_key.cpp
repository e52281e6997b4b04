#include "keys/private_key.h"

#include <fmt/format.h>

#include "base/text.h"
#include "keys/key_family.h"

namespace nacre {

struct PrivateKey::State {
    PublicKey public_key;
    PrivateParts parts;
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::generate(KeyKind kind, std::uint32_t bits)
{
    auto& type = key_type(kind);
    auto parts = TRY(family_of(kind).generate(type, bits));
    return PrivateKeyAccess::from_parts(std::move(parts));
}

Result<PrivateKey> PrivateKey::read_fields(Reader& in)
{
    auto name = in.text();
    auto* type = find_key_type(name);
    if (!type || type->is_certificate())
        return bad_input(fmt::format("unknown key type \"{}\"", printable(name.substr(0, 64))));
    auto parts = TRY(family_of(type->kind).read_private(*type, in));
    return PrivateKeyAccess::from_parts(std::move(parts));
}

void PrivateKey::write_fields(Writer out) const
{
    out.string(state_->public_key.type().name).raw(state_->parts.fields.bytes());
}

const PublicKey& PrivateKey::public_key() const { return state_->public_key; }

Result<ByteVector> PrivateKey::sign(std::string_view algorithm, Bytes data) const
{
    auto* row = find_signature_algorithm(algorithm);
    // The algorithms of certificates name the one who signs in another way and sign as the plain ones do.
    if (!row || key_type(row->kind).plain_kind != public_key().kind())
        return bad_input("a signature algorithm that does not fit the key");
    auto bytes = TRY(family_of(public_key().kind()).sign(state_->parts, *row, data));
    ByteVector signature;
    Writer{signature}.string(row->label).string(bytes);
    return signature;
}

std::optional<SecurityKey> PrivateKey::security_key() const
{
    if (!public_key().type().is_of_token())
        return std::nullopt;
    SecurityKey key;
    key.application = public_key().application();
    // The fields are those of the public key, then these.
    Reader blob{public_key().blob()};
    blob.string();
    Reader in{state_->parts.fields.bytes()};
    in.take(blob.left());
    key.flags = in.u8();
    key.handle = SecretBytes::copy_of(in.string());
    key.reserved = to_vector(in.string());
    return key;
}

Result<PrivateKey> PrivateKey::of_security_key(const PublicKey& public_key, const SecurityKey& key)
{
    if (!public_key.type().is_of_token() || public_key.is_certificate())
        return bad_input("not a key of a FIDO token");
    Reader blob{public_key.blob()};
    Buffer fields;
    Writer{fields}
        .string(blob.string())
        .raw(blob.rest())
        .u8(key.flags)
        .string(key.handle.bytes())
        .string(key.reserved);
    Reader in{fields.data()};
    return read_fields(in);
}

Result<PrivateKey> PrivateKeyAccess::from_parts(PrivateParts parts)
{
    auto public_key = TRY(PublicKey::from_blob(parts.public_blob));
    return PrivateKey{std::make_unique<PrivateKey::State>(PrivateKey::State{std::move(public_key), std::move(parts)})};
}

Result<PrivateKey> PrivateKeyAccess::from_handle(EvpKey key)
{
    auto kind = kind_of(key);
    if (!kind)
        return bad_input("a kind of key that SSH does not have");
    auto parts = TRY(family_of(*kind).libcrypto->from_handle(key_type(*kind), std::move(key)));
    return from_parts(std::move(parts));
}

const EvpKey& PrivateKeyAccess::handle(const PrivateKey& key) { return key.state_->parts.key; }

} // namespace nacre
