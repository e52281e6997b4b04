#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <string>
#include <utility>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

struct Hmac::State {
    HashKind kind;
    LibcryptoPtr<EVP_MAC_CTX, EVP_MAC_CTX_free> context;
};

namespace {

EVP_MAC* hmac_algorithm()
{
    static EVP_MAC* const algorithm = fetch_mac(OSSL_MAC_NAME_HMAC);
    return algorithm;
}

} // namespace

Hmac::Hmac(HashKind kind, Bytes key) : state_(std::make_unique<State>(kind))
{
    state_->context.reset(EVP_MAC_CTX_new(hmac_algorithm()));
    std::string digest{hash_name(kind)};
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end(),
    };
    // A null pointer would mean "the same key as before".
    static const std::uint8_t no_key = 0;
    auto* bytes = key.empty() ? &no_key : key.data();
    NACRE_EXPECTS(EVP_MAC_init(state_->context.get(), bytes, key.size(), parameters) == 1);
}

Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;
Hmac::~Hmac() = default;

Hmac& Hmac::update(Bytes bytes)
{
    NACRE_EXPECTS(EVP_MAC_update(state_->context.get(), bytes.data(), bytes.size()) == 1);
    return *this;
}

void Hmac::finish(MutableBytes tag)
{
    auto* context = state_->context.get();
    NACRE_EXPECTS(tag.size() == hash_size(state_->kind));
    NACRE_EXPECTS(EVP_MAC_final(context, tag.data(), nullptr, tag.size()) == 1);
    NACRE_EXPECTS(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
}

ByteVector hmac_of(HashKind kind, Bytes key, Bytes message)
{
    ByteVector tag(hash_size(kind));
    Hmac{kind, key}.update(message).finish(tag);
    return tag;
}

} // namespace nacre
