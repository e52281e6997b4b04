#include "crypto/chacha20.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/contract.h"
#include "crypto/byte_order.h"
#include "crypto/library.h"

namespace nacre {

struct ChaCha20::State {
    LibcryptoPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context{EVP_CIPHER_CTX_new()};
};

namespace {

const EVP_CIPHER* chacha20_algorithm()
{
    static const EVP_CIPHER* const algorithm = fetch_cipher("ChaCha20");
    return algorithm;
}

} // namespace

ChaCha20::ChaCha20(Bytes key) : state_(std::make_unique<State>())
{
    NACRE_EXPECTS(key.size() == key_size);
    NACRE_EXPECTS(
        EVP_CipherInit_ex2(state_->context.get(), chacha20_algorithm(), key.data(), nullptr, 1, nullptr) == 1);
}

ChaCha20::ChaCha20(ChaCha20&&) noexcept = default;
ChaCha20& ChaCha20::operator=(ChaCha20&&) noexcept = default;
ChaCha20::~ChaCha20() = default;

void ChaCha20::seek(Bytes nonce, std::uint64_t block)
{
    NACRE_EXPECTS(nonce.size() == nonce_size);
    // libcrypto's 16 bytes of "IV" are the last four words of the initial state: the little-endian counter, the nonce.
    std::array<std::uint64_t, 2> words{__builtin_bswap64(big_endian(block)), 0};
    std::memcpy(&words[1], nonce.data(), nonce_size);
    auto position = std::bit_cast<std::array<std::uint8_t, 16>>(words);
    NACRE_EXPECTS(
        EVP_CipherInit_ex2(state_->context.get(), nullptr, nullptr, position.data(), -1, nullptr) == 1);
}

void ChaCha20::apply(MutableBytes bytes)
{
    int written = 0;
    NACRE_EXPECTS(EVP_CipherUpdate(state_->context.get(), bytes.data(), &written, bytes.data(),
                                   static_cast<int>(bytes.size())) == 1);
}

} // namespace nacre
