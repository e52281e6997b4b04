#include "crypto/aes.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <optional>
#include <utility>

#include "base/contract.h"
#include "base/secret.h"
#include "crypto/aes_gcm_wide.h"
#include "crypto/library.h"

namespace nacre {

namespace {

using CipherContext = LibcryptoPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

struct Modes {
    const EVP_CIPHER *ctr, *ecb, *gcm;
};

const Modes& modes_of(std::size_t key_size)
{
    static const Modes aes128{fetch_cipher("AES-128-CTR"), fetch_cipher("AES-128-ECB"), fetch_cipher("AES-128-GCM")};
    static const Modes aes192{fetch_cipher("AES-192-CTR"), fetch_cipher("AES-192-ECB"), fetch_cipher("AES-192-GCM")};
    static const Modes aes256{fetch_cipher("AES-256-CTR"), fetch_cipher("AES-256-ECB"), fetch_cipher("AES-256-GCM")};
    switch (key_size) {
    case 16:
        return aes128;
    case 24:
        return aes192;
    case 32:
        return aes256;
    }
    NACRE_UNREACHABLE();
}

CipherContext new_context(const EVP_CIPHER* cipher, Bytes key, bool encrypt)
{
    CipherContext context{EVP_CIPHER_CTX_new()};
    NACRE_EXPECTS(EVP_CipherInit_ex2(context.get(), cipher, key.data(), nullptr, encrypt ? 1 : 0, nullptr) == 1);
    return context;
}

} // namespace

// --- CTR -------------------------------------------------------------------------------------

struct AesCtr::State {
    CipherContext stream, single_block;
    AesBlock iv;
    std::uint64_t offset;                                         // where `stream` stands
    bool started;

    // RFC 4344 §4: the counter is the whole block, a big-endian number modulo 2^128.
    AesBlock counter(std::uint64_t at) const
    {
        auto block = iv;
        std::uint64_t carry = at / aes_block_size;
        for (std::size_t i = block.size(); i-- > 0 && carry != 0;) {
            carry += block[i];
            block[i] = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        return block;
    }
};

AesCtr::AesCtr(Bytes key, Bytes iv) : state_(std::make_unique<State>())
{
    NACRE_EXPECTS(iv.size() == aes_block_size);
    auto& modes = modes_of(key.size());
    state_->stream = new_context(modes.ctr, key, true);
    state_->single_block = new_context(modes.ecb, key, true);
    NACRE_EXPECTS(EVP_CIPHER_CTX_set_padding(state_->single_block.get(), 0) == 1);
    std::ranges::copy(iv, state_->iv.begin());
}

AesCtr::AesCtr(AesCtr&&) noexcept = default;
AesCtr& AesCtr::operator=(AesCtr&&) noexcept = default;
AesCtr::~AesCtr() = default;

void AesCtr::apply(std::uint64_t offset, MutableBytes bytes)
{
    NACRE_EXPECTS(offset % aes_block_size == 0);
    auto* stream = state_->stream.get();
    if (!state_->started || state_->offset != offset) {
        auto counter = state_->counter(offset);
        NACRE_EXPECTS(EVP_CipherInit_ex2(stream, nullptr, nullptr, counter.data(), -1, nullptr) == 1);
        state_->started = true;
    }
    int written = 0;
    NACRE_EXPECTS(
        EVP_CipherUpdate(stream, bytes.data(), &written, bytes.data(), static_cast<int>(bytes.size())) == 1);
    state_->offset = offset + bytes.size();
}

AesBlock AesCtr::block(std::uint64_t offset)
{
    auto block = state_->counter(offset);
    int written = 0;
    NACRE_EXPECTS(EVP_CipherUpdate(state_->single_block.get(), block.data(), &written, block.data(),
                                   static_cast<int>(block.size())) == 1);
    return block;
}

// --- GCM -------------------------------------------------------------------------------------

struct AesGcm::State {
    std::optional<WideAesGcm> wide;                               // where the processor can; then there is no context
    CipherContext context;                                        // in the direction of the last call

    void begin(bool encrypt, Bytes nonce, Bytes associated)
    {
        NACRE_EXPECTS(nonce.size() == nonce_size);
        auto* gcm = context.get();
        NACRE_EXPECTS(EVP_CipherInit_ex2(gcm, nullptr, nullptr, nonce.data(), encrypt ? 1 : 0, nullptr) == 1);
        int written = 0;
        NACRE_EXPECTS(EVP_CipherUpdate(gcm, nullptr, &written, associated.data(),
                                       static_cast<int>(associated.size())) == 1);
    }
    void apply(MutableBytes text)
    {
        int written = 0;
        NACRE_EXPECTS(EVP_CipherUpdate(context.get(), text.data(), &written, text.data(),
                                       static_cast<int>(text.size())) == 1);
    }
};

AesGcm::AesGcm(Bytes key) : state_(std::make_unique<State>())
{
    if (WideAesGcm::is_supported())
        state_->wide.emplace(key);
    else
        state_->context = new_context(modes_of(key.size()).gcm, key, true);
}

AesGcm::AesGcm(AesGcm&&) noexcept = default;
AesGcm& AesGcm::operator=(AesGcm&&) noexcept = default;
AesGcm::~AesGcm() = default;

void AesGcm::seal(Bytes nonce, Bytes associated, MutableBytes text, MutableBytes tag)
{
    NACRE_EXPECTS(tag.size() == tag_size);
    if (state_->wide)
        return state_->wide->seal(nonce, associated, text, tag);
    state_->begin(true, nonce, associated);
    state_->apply(text);
    auto* gcm = state_->context.get();
    int written = 0;
    NACRE_EXPECTS(EVP_CipherFinal_ex(gcm, tag.data(), &written) == 1);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), tag.size()),
        OSSL_PARAM_construct_end(),
    };
    NACRE_EXPECTS(EVP_CIPHER_CTX_get_params(gcm, parameters) == 1);
}

bool AesGcm::open(Bytes nonce, Bytes associated, MutableBytes text, Bytes tag)
{
    NACRE_EXPECTS(tag.size() == tag_size);
    if (state_->wide)
        return state_->wide->open(nonce, associated, text, tag);
    state_->begin(false, nonce, associated);
    state_->apply(text);
    auto* gcm = state_->context.get();
    std::array<std::uint8_t, tag_size> expected;
    std::ranges::copy(tag, expected.begin());
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, expected.data(), expected.size()),
        OSSL_PARAM_construct_end(),
    };
    NACRE_EXPECTS(EVP_CIPHER_CTX_set_params(gcm, parameters) == 1);
    std::array<std::uint8_t, aes_block_size> nothing;
    int written = 0;
    return EVP_CipherFinal_ex(gcm, nothing.data(), &written) == 1;
}

} // namespace nacre
