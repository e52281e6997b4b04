#include "crypto/poly1305.h"

#include <openssl/core_names.h>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

EVP_MAC* poly1305_algorithm()
{
    static EVP_MAC* const algorithm = fetch_mac(OSSL_MAC_NAME_POLY1305);
    return algorithm;
}

} // namespace

struct Poly1305::State {
    LibcryptoPtr<EVP_MAC_CTX, EVP_MAC_CTX_free> context{EVP_MAC_CTX_new(poly1305_algorithm())};
};

Poly1305::Poly1305() : state_(std::make_unique<State>()) {}
Poly1305::Poly1305(Poly1305&&) noexcept = default;
Poly1305& Poly1305::operator=(Poly1305&&) noexcept = default;
Poly1305::~Poly1305() = default;

void Poly1305::compute(Bytes one_time_key, Bytes message, MutableBytes tag)
{
    NACRE_EXPECTS(one_time_key.size() == key_size && tag.size() == tag_size);
    auto* context = state_->context.get();
    NACRE_EXPECTS(EVP_MAC_init(context, one_time_key.data(), one_time_key.size(), nullptr) == 1);
    NACRE_EXPECTS(EVP_MAC_update(context, message.data(), message.size()) == 1);
    std::size_t written = 0;
    NACRE_EXPECTS(EVP_MAC_final(context, tag.data(), &written, tag.size()) == 1);
}

} // namespace nacre
