#include "crypto/cbc.h"

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
    prepare_libcrypto();
    LibcryptoPtr<EVP_CIPHER, EVP_CIPHER_free> cipher{EVP_CIPHER_fetch(nullptr, name_of(which), nullptr)};
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

void cbc_encrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text) { run(cipher, key, iv, text, 1); }
void cbc_decrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text) { run(cipher, key, iv, text, 0); }

} // namespace nacre
