#include "crypto/cbc.h"

#include <algorithm>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

const char* name_of(CbcCipher cipher)
{
    switch (cipher) {
    case CbcCipher::aes128: return "AES-128-CBC";
    case CbcCipher::aes192: return "AES-192-CBC";
    case CbcCipher::aes256: return "AES-256-CBC";
    case CbcCipher::des_ede3: return "DES-EDE3-CBC";
    }
    NACRE_UNREACHABLE();
}

void run(CbcCipher which, Bytes key, Bytes iv, MutableBytes text, int encrypt)
{
    LibcryptoPtr<EVP_CIPHER, EVP_CIPHER_free> cipher{EVP_CIPHER_fetch(libcrypto(), name_of(which), nullptr)};
    LibcryptoPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context{EVP_CIPHER_CTX_new()};
    NACRE_EXPECTS(cipher && context);
    NACRE_EXPECTS(key.size() == static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher.get())));
    NACRE_EXPECTS(iv.size() == static_cast<std::size_t>(EVP_CIPHER_get_iv_length(cipher.get())));
    NACRE_EXPECTS(text.size() % static_cast<std::size_t>(EVP_CIPHER_get_block_size(cipher.get())) == 0);
    int written = 0;
    NACRE_EXPECTS(EVP_CipherInit_ex2(context.get(), cipher.get(), key.data(), iv.data(), encrypt, nullptr) == 1);
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    NACRE_EXPECTS(
        EVP_CipherUpdate(context.get(), text.data(), &written, text.data(), static_cast<int>(text.size())) == 1);
    NACRE_EXPECTS(static_cast<std::size_t>(written) == text.size());
}

} // namespace

struct CbcChain::State {
    Direction direction;
    std::size_t block_size;
    std::array<std::uint8_t, 16> iv{};                            // the last block of ciphertext
    LibcryptoPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context;

    void run(MutableBytes text)
    {
        NACRE_EXPECTS(text.size() % block_size == 0);
        int written = 0;
        NACRE_EXPECTS(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, iv.data(), -1, nullptr) == 1);
        EVP_CIPHER_CTX_set_padding(context.get(), 0);
        NACRE_EXPECTS(
            EVP_CipherUpdate(context.get(), text.data(), &written, text.data(), static_cast<int>(text.size())) == 1);
        NACRE_EXPECTS(static_cast<std::size_t>(written) == text.size());
    }
};

CbcChain::CbcChain(CbcCipher which, Direction direction, Bytes key, Bytes iv)
    : state_(std::make_unique<State>(direction, iv.size()))
{
    LibcryptoPtr<EVP_CIPHER, EVP_CIPHER_free> cipher{EVP_CIPHER_fetch(libcrypto(), name_of(which), nullptr)};
    state_->context.reset(EVP_CIPHER_CTX_new());
    NACRE_EXPECTS(cipher && state_->context && iv.size() <= state_->iv.size());
    NACRE_EXPECTS(key.size() == static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher.get())));
    NACRE_EXPECTS(iv.size() == static_cast<std::size_t>(EVP_CIPHER_get_block_size(cipher.get())));
    std::copy(iv.begin(), iv.end(), state_->iv.begin());
    int encrypt = direction == Direction::encrypt ? 1 : 0;
    NACRE_EXPECTS(EVP_CipherInit_ex2(state_->context.get(), cipher.get(), key.data(), iv.data(), encrypt, nullptr) == 1);
}

CbcChain::CbcChain(CbcChain&&) noexcept = default;
CbcChain& CbcChain::operator=(CbcChain&&) noexcept = default;
CbcChain::~CbcChain() = default;

std::size_t CbcChain::block_size() const { return state_->block_size; }

void CbcChain::apply(MutableBytes text)
{
    if (text.empty())
        return;
    std::array<std::uint8_t, 16> received{};
    auto last = text.last(state_->block_size);
    if (state_->direction == Direction::decrypt)
        std::copy(last.begin(), last.end(), received.begin());
    state_->run(text);
    if (state_->direction == Direction::encrypt)
        std::copy(last.begin(), last.end(), received.begin());
    state_->iv = received;
}

void CbcChain::look(MutableBytes text) { state_->run(text); }

void CbcChain::go_on_after(Bytes ciphertext_block)
{
    NACRE_EXPECTS(ciphertext_block.size() == state_->block_size);
    std::copy(ciphertext_block.begin(), ciphertext_block.end(), state_->iv.begin());
}

void cbc_encrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text) { run(cipher, key, iv, text, 1); }
void cbc_decrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text) { run(cipher, key, iv, text, 0); }

} // namespace nacre
