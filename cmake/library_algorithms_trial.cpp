// Does src/programs/library_algorithms.cpp serve with this libcrypto?  Exit code 0: yes.  Uses one algorithm of every
// kind, and looks for one that must be missing.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

namespace {

bool signs_and_verifies(EVP_PKEY* key, const char* digest)
{
    const unsigned char text[] = "a line to sign";
    unsigned char signature[512];
    size_t size = sizeof signature;
    auto* signing = EVP_MD_CTX_new();
    auto* verifying = EVP_MD_CTX_new();
    bool good = key && EVP_DigestSignInit_ex(signing, nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
        EVP_DigestSign(signing, signature, &size, text, sizeof text) == 1 &&
        EVP_DigestVerifyInit_ex(verifying, nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
        EVP_DigestVerify(verifying, signature, size, text, sizeof text) == 1;
    EVP_MD_CTX_free(signing);
    EVP_MD_CTX_free(verifying);
    return good;
}

bool agrees(const char* type, const char* group)
{
    auto* key = group ? EVP_PKEY_Q_keygen(nullptr, nullptr, type, group) : EVP_PKEY_Q_keygen(nullptr, nullptr, type);
    auto* context = key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr) : nullptr;
    unsigned char secret[256];
    size_t size = sizeof secret;
    bool good = context && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, key) == 1 &&
        EVP_PKEY_derive(context, secret, &size) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
}

// As keys/pem_format reads host keys: the old form, and PKCS #8 (RFC 8410 §10.3 has the example).
bool reads_old_form(EVP_PKEY* key)
{
    auto* bio = BIO_new(BIO_s_mem());
    bool written = PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    auto* read = written ? PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr) : nullptr;
    bool good = read && EVP_PKEY_eq(read, key) == 1;
    EVP_PKEY_free(read);
    BIO_free(bio);
    return good;
}

char passphrase[] = "secret";

bool reads_pkcs8(const char* file)
{
    auto* bio = BIO_new_mem_buf(file, -1);
    auto* read = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, passphrase);
    bool good = read && EVP_PKEY_is_a(read, "ED25519") == 1;
    EVP_PKEY_free(read);
    BIO_free(bio);
    return good;
}

bool reads_plain_pkcs8()
{
    return reads_pkcs8("-----BEGIN PRIVATE KEY-----\n"
                       "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                       "-----END PRIVATE KEY-----\n");
}

#ifdef NACRE_READS_KEY_FILES
// PBKDF2, scrypt, and the derivation of PKCS #12 with Triple-DES.
bool reads_encrypted_pkcs8()
{
    return reads_pkcs8("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                       "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgh/EvsPfTVaAICCAAw\n"
                       "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECwdtWqb3gECVwhGM9Y9tMwEQCSD\n"
                       "/PtYIcgqy2lL4away3h7NQWOQIEqtskAZ2a0io65ucBAL2HMw05stxsZOctPw+KK\n"
                       "mseB/kz9A244z9yTgls=\n"
                       "-----END ENCRYPTED PRIVATE KEY-----\n") &&
           reads_pkcs8("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                       "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAjMdBRgOUOrvQICBAAC\n"
                       "AQgCAQEwHQYJYIZIAWUDBAEqBBCTFQKzA/kY8Og06So2rOLaBEDmQYqJPN4YOXMV\n"
                       "tVHqXtu5QGSqpopcCr9w7KeP0Chy0KE0H5+searvLZBGUJJy3+hHnt20W02d6R4x\n"
                       "sl77giif\n"
                       "-----END ENCRYPTED PRIVATE KEY-----\n") &&
           reads_pkcs8("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                       "MFgwHAYKKoZIhvcNAQwBAzAOBAhfaC0Iqh4N7wICCAAEOJcZdT2rtH43p5OtDhiI\n"
                       "XOfl+2DFTZsk73kvemZxbmHCnAVpZEFwb2S5r8jRSVBOrLAXg5Rr5gUx\n"
                       "-----END ENCRYPTED PRIVATE KEY-----\n");
}

// As openssl wrote keys before PKCS #8: MD5 makes the cipher's key.
bool reads_encrypted_old_form(EVP_PKEY* key, const EVP_CIPHER* cipher)
{
    auto* bio = BIO_new(BIO_s_mem());
    bool written = EVP_add_cipher(cipher) == 1 &&
        PEM_write_bio_PrivateKey_traditional(bio, key, cipher, nullptr, 0, nullptr, passphrase) == 1;
    auto* read = written ? PEM_read_bio_PrivateKey(bio, nullptr, nullptr, passphrase) : nullptr;
    bool good = read && EVP_PKEY_eq(read, key) == 1;
    EVP_PKEY_free(read);
    BIO_free(bio);
    return good;
}
#endif

bool seals()
{
    auto* mac = EVP_MAC_fetch(nullptr, "POLY1305", nullptr);
    auto* old_mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    auto* stream = EVP_CIPHER_fetch(nullptr, "ChaCha20", nullptr);
    auto* block = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    auto* stranger = EVP_CIPHER_fetch(nullptr, "CAMELLIA-128-CBC", nullptr);
    bool good = mac && old_mac && stream && block && !stranger;
    EVP_MAC_free(mac);
    EVP_MAC_free(old_mac);
    EVP_CIPHER_free(stream);
    EVP_CIPHER_free(block);
    EVP_CIPHER_free(stranger);
    return good;
}

} // namespace

int main()
{
    RAND_set_DRBG_type(nullptr, "HASH-DRBG", nullptr, nullptr, "SHA256");      // as crypto/library.cpp does
    auto* ed25519 = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    auto* ecdsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    auto* rsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048});
    bool good = signs_and_verifies(ed25519, nullptr) && signs_and_verifies(ecdsa, "SHA2-256") &&
        signs_and_verifies(rsa, "SHA2-512") && agrees("X25519", nullptr) && agrees("EC", "P-384") && seals() &&
        reads_old_form(rsa) && reads_old_form(ecdsa) && reads_plain_pkcs8();
#ifdef NACRE_READS_KEY_FILES
    good = good && reads_encrypted_pkcs8() && reads_encrypted_old_form(rsa, EVP_aes_128_cbc()) &&
        reads_encrypted_old_form(ecdsa, EVP_des_ede3_cbc());
#endif
    EVP_PKEY_free(ed25519);
    EVP_PKEY_free(ecdsa);
    EVP_PKEY_free(rsa);
    return good ? 0 : 1;
}
