// Does src/programs/server_algorithms.cpp serve with this libcrypto?  Exit code 0: yes.  Uses one algorithm of every
// kind, and looks for one that must be missing.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
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

bool reads_pkcs8()
{
    auto* bio = BIO_new_mem_buf("-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                "-----END PRIVATE KEY-----\n", -1);
    auto* read = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    bool good = read && EVP_PKEY_is_a(read, "ED25519") == 1;
    EVP_PKEY_free(read);
    BIO_free(bio);
    return good;
}

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
    auto* ed25519 = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    auto* ecdsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    auto* rsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048});
    bool good = signs_and_verifies(ed25519, nullptr) && signs_and_verifies(ecdsa, "SHA2-256") &&
        signs_and_verifies(rsa, "SHA2-512") && agrees("X25519", nullptr) && agrees("EC", "P-384") && seals() &&
        reads_old_form(rsa) && reads_old_form(ecdsa) && reads_pkcs8();
    EVP_PKEY_free(ed25519);
    EVP_PKEY_free(ecdsa);
    EVP_PKEY_free(rsa);
    return good ? 0 : 1;
}
