#include "keys/public_key.h"

#include <fmt/format.h>

#include "base/text.h"
#include "keys/certificate_format.h"
#include "keys/key_family.h"
#include "wire/reader.h"

namespace nacre {

Result<PublicKey> PublicKey::from_blob(Bytes blob)
{
    Reader in{blob};
    auto name = in.text();
    PublicKey key;
    key.type_ = find_key_type(name);
    if (!key.type_)
        return peer_misbehaved(fmt::format("unknown key type \"{}\"", printable(name.substr(0, 64))));
    key.bits_ = TRY(family_of(key.type_->kind).check_public(*key.type_, in));
    TRY(in.finish("public key"));
    key.blob_ = to_vector(blob);
    return key;
}

Result<PublicKey> PublicKey::from_line(std::string_view line)
{
    line = trim(line);
    auto name = line.substr(0, line.find_first_of(" \t"));
    auto encoded = trim(line.substr(name.size()));
    encoded = encoded.substr(0, encoded.find_first_of(" \t"));
    auto blob = from_base64(encoded);
    if (!blob || blob->empty())
        return bad_input("not a public key");
    auto key = from_blob(*blob);
    if (!key && key.error().kind != ErrorKind::incompatible)
        return bad_input(std::move(key.error().what));
    if (!key)
        return key;
    if (key->type().name != name)
        return bad_input("a public key whose two type names differ");
    return key;
}

PublicKey PublicKey::plain() const
{
    if (!is_certificate())
        return *this;
    PublicKey key;
    key.type_ = &key_type(type_->plain_kind);
    key.blob_ = plain_blob_of_certificate(*type_, blob_);
    key.bits_ = bits_;
    return key;
}

std::string PublicKey::line(std::string_view comment) const
{
    auto text = fmt::format("{} {}", type_->name, to_base64(blob_));
    if (!comment.empty())
        text.append(" ").append(printable_line(comment));
    return text;
}

std::string PublicKey::application() const
{
    if (!type_->is_of_token())
        return {};
    auto key = plain();
    Reader in{key.blob_};
    std::size_t before = type_->plain_kind == KeyKind::sk_ed25519 ? 2 : 3;   // type, (curve,) key
    for (std::size_t i = 0; i < before; ++i)
        in.string();
    return std::string{in.text()};
}

Result<void> PublicKey::verify(std::string_view algorithm, Bytes data, Bytes signature, TokenDemands demands) const
{
    constexpr auto reason = DisconnectReason::key_exchange_failed;
    auto* row = find_signature_algorithm(algorithm);
    if (!row || row->kind != type_->kind)
        return peer_misbehaved("a signature algorithm that does not fit the key", reason);
    Reader in{signature};
    auto label = in.text();
    auto bytes = in.string();
    if (!in.ok())
        return in.finish("signature");
    if (label != row->label)
        return peer_misbehaved("a signature that names another algorithm than was agreed", reason);
    return family_of(type_->kind).verify(*type_, blob_, {*row, data, bytes, demands}, in);
}

std::string_view PublicKey::algorithm_of(std::string_view algorithm, Bytes signature) const
{
    auto* named = find_signature_algorithm(algorithm);
    if (type_->kind != KeyKind::rsa_certificate || !named || named->kind != type_->kind || named->hash != HashKind::sha1)
        return algorithm;
    auto label = Reader{signature}.text();
    for (auto& row : signature_algorithms())
        if (row.kind == type_->kind && row.label == label)
            return row.name;
    return algorithm;
}

Failure wrong_signature()
{
    return peer_misbehaved("the signature is wrong", DisconnectReason::key_exchange_failed);
}

} // namespace nacre
