#include "crypto/key_numbers.h"

#include <openssl/err.h>
#include <openssl/params.h>

#include <algorithm>

#include "base/contract.h"

namespace nacre {

using DigestContext = LibcryptoPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using KeyContext = LibcryptoPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

void FreeEvpKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

std::optional<SignKind> sign_kind(const EvpKey& key)
{
    if (EVP_PKEY_is_a(key.get(), "ED25519"))
        return SignKind::ed25519;
    if (EVP_PKEY_is_a(key.get(), "EC"))
        return SignKind::ecdsa;
    if (EVP_PKEY_is_a(key.get(), "RSA"))
        return SignKind::rsa;
    return std::nullopt;
}

Bignum new_bignum()
{
    Bignum number{BN_new()};
    NACRE_EXPECTS(number != nullptr);                             // memory, as with bad_alloc
    return number;
}

Bignum bignum_from(Bytes magnitude)
{
    Bignum number{BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr)};
    NACRE_EXPECTS(number != nullptr);
    return number;
}

ByteVector magnitude_of(const BIGNUM* number)
{
    ByteVector bytes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    return bytes;
}

SecretBytes secret_magnitude_of(const BIGNUM* number, std::size_t pad_to)
{
    SecretBytes bytes(std::max(pad_to, static_cast<std::size_t>(BN_num_bytes(number))));
    BN_bn2binpad(number, bytes.bytes().data(), static_cast<int>(bytes.size()));
    return bytes;
}

KeyParameters& KeyParameters::text(const char* name, const char* value)
{
    parameters_.push_back(OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0));
    return *this;
}

KeyParameters& KeyParameters::octets(const char* name, Bytes value)
{
    auto& kept = storage_.emplace_back(SecretBytes::copy_of(value));
    parameters_.push_back(OSSL_PARAM_construct_octet_string(name, kept.bytes().data(), kept.size()));
    return *this;
}

KeyParameters& KeyParameters::number(const char* name, const BIGNUM* value)
{
    auto& kept =
        storage_.emplace_back(SecretBytes(std::max<std::size_t>(1, static_cast<std::size_t>(BN_num_bytes(value)))));
    BN_bn2nativepad(value, kept.bytes().data(), static_cast<int>(kept.size()));
    parameters_.push_back(OSSL_PARAM_construct_BN(name, kept.bytes().data(), kept.size()));
    return *this;
}

EvpKey KeyParameters::make_key(const char* type, int selection)
{
    parameters_.push_back(OSSL_PARAM_construct_end());
    KeyContext context{EVP_PKEY_CTX_new_from_name(libcrypto(), type, nullptr)};
    evp_pkey_st* made = nullptr;
    bool ok = context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &made, selection, parameters_.data()) == 1;
    EvpKey key{made};
    if (ok)
        return key;
    ERR_clear_error();
    return nullptr;
}

Bignum key_number(const EvpKey& key, const char* name)
{
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), name, &number) != 1)
        ERR_clear_error();
    return Bignum{number};
}

ByteVector digest_sign(const EvpKey& key, const char* digest, Bytes data)
{
    DigestContext context{EVP_MD_CTX_new()};
    std::size_t size = 0;
    ByteVector signature;
    if (context && EVP_DigestSignInit_ex(context.get(), nullptr, digest, libcrypto(), nullptr, key.get(), nullptr) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) == 1) {
        signature.resize(size);
        if (EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) == 1) {
            signature.resize(size);
            return signature;
        }
    }
    ERR_clear_error();
    return {};
}

bool digest_verify(const EvpKey& key, const char* digest, Bytes data, Bytes signature)
{
    DigestContext context{EVP_MD_CTX_new()};
    bool good = context &&
        EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, libcrypto(), nullptr, key.get(), nullptr) == 1 &&
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
    if (!good)
        ERR_clear_error();
    return good;
}

const char* digest_name(HashKind hash)
{
    switch (hash) {
    case HashKind::md5: return "MD5";
    case HashKind::sha1: return "SHA1";
    case HashKind::sha256: return "SHA256";
    case HashKind::sha384: return "SHA384";
    case HashKind::sha512: return "SHA512";
    }
    NACRE_UNREACHABLE();
}

} // namespace nacre
