#include "crypto/umac.h"

#include <nettle/umac.h>

#include <utility>
#include <variant>

#include "base/contract.h"

namespace nacre {

struct Umac::State {
    std::variant<umac64_ctx, umac128_ctx> context;

    ~State() { wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context}); }
};

Umac::Umac(std::size_t tag_size, Bytes key) : state_(std::make_unique<State>())
{
    NACRE_EXPECTS(key.size() == key_size && (tag_size == 8 || tag_size == 16));
    if (tag_size == 8)
        umac64_set_key(&state_->context.emplace<umac64_ctx>(), key.data());
    else
        umac128_set_key(&state_->context.emplace<umac128_ctx>(), key.data());
}

Umac::Umac(Umac&&) noexcept = default;
Umac& Umac::operator=(Umac&&) noexcept = default;
Umac::~Umac() = default;

void Umac::compute(Bytes nonce, Bytes message, MutableBytes tag)
{
    if (auto* small = std::get_if<umac64_ctx>(&state_->context)) {
        umac64_set_nonce(small, nonce.size(), nonce.data());
        umac64_update(small, message.size(), message.data());
        umac64_digest(small, tag.size(), tag.data());
    } else {
        auto& large = std::get<umac128_ctx>(state_->context);
        umac128_set_nonce(&large, nonce.size(), nonce.data());
        umac128_update(&large, message.size(), message.data());
        umac128_digest(&large, tag.size(), tag.data());
    }
}

} // namespace nacre
