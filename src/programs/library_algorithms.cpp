// What our programs carry of libcrypto: a provider with the algorithms that they can be asked for, in the place of its
// default one with ten times as many.  Two lists: what connections need, and, with NACRE_READS_KEY_FILES, what encrypted
// key files need besides.
//
// libcrypto keeps its built-in providers in one list.  In a program linked to the archive that list is ours: tables of
// what nobody can negotiate are then neither in the file nor, once for every process, in memory (their pointers are
// relocated at start, and a fetch puts every algorithm of the kind on the heap: together 300 KiB per process).  The names
// below are not part of libcrypto's public interface; the build tries them out (cmake/library_algorithms.cmake) and
// leaves the default provider where they do not serve.
#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#include "crypto/library.h"

extern "C" {

// libcrypto's internal/provider.h and prov/provider_ctx.h
struct ossl_provider_info_st {
    const char* name;
    const char* path;
    OSSL_provider_init_fn* init;
    void* parameters;
    unsigned is_fallback : 1;
};
struct prov_ctx_st;
struct bio_method_st;
prov_ctx_st* ossl_prov_ctx_new();
void ossl_prov_ctx_free(prov_ctx_st*);
void ossl_prov_ctx_set0_libctx(prov_ctx_st*, OSSL_LIB_CTX*);
void ossl_prov_ctx_set0_handle(prov_ctx_st*, const OSSL_CORE_HANDLE*);
void ossl_prov_ctx_set0_core_bio_method(prov_ctx_st*, bio_method_st*);
bio_method_st* ossl_prov_ctx_get0_core_bio_method(prov_ctx_st*);
bio_method_st* ossl_bio_prov_init_bio_method();
void BIO_meth_free(bio_method_st*);
int ossl_prov_bio_from_dispatch(const OSSL_DISPATCH*);
int ossl_prov_seeding_from_dispatch(const OSSL_DISPATCH*);

#define NACRE_FUNCTIONS(name) extern const OSSL_DISPATCH ossl_##name##_functions[]
NACRE_FUNCTIONS(md5);
NACRE_FUNCTIONS(sha1);
NACRE_FUNCTIONS(sha256);
NACRE_FUNCTIONS(sha384);
NACRE_FUNCTIONS(sha512);
NACRE_FUNCTIONS(hmac);
NACRE_FUNCTIONS(poly1305);
NACRE_FUNCTIONS(chacha20);
NACRE_FUNCTIONS(aes128ctr);
NACRE_FUNCTIONS(aes192ctr);
NACRE_FUNCTIONS(aes256ctr);
NACRE_FUNCTIONS(aes128ecb);
NACRE_FUNCTIONS(aes192ecb);
NACRE_FUNCTIONS(aes256ecb);
NACRE_FUNCTIONS(aes128cbc);
NACRE_FUNCTIONS(aes192cbc);
NACRE_FUNCTIONS(aes256cbc);
NACRE_FUNCTIONS(aes128gcm);
NACRE_FUNCTIONS(aes192gcm);
NACRE_FUNCTIONS(aes256gcm);
NACRE_FUNCTIONS(tdes_ede3_cbc);
NACRE_FUNCTIONS(drbg_hash);
NACRE_FUNCTIONS(seed_src);
NACRE_FUNCTIONS(kdf_pbkdf2);
NACRE_FUNCTIONS(kdf_scrypt);
NACRE_FUNCTIONS(kdf_pkcs12);
NACRE_FUNCTIONS(dh_keymgmt);
NACRE_FUNCTIONS(ec_keymgmt);
NACRE_FUNCTIONS(rsa_keymgmt);
NACRE_FUNCTIONS(x25519_keymgmt);
NACRE_FUNCTIONS(ed25519_keymgmt);
NACRE_FUNCTIONS(dh_keyexch);
NACRE_FUNCTIONS(ecdh_keyexch);
NACRE_FUNCTIONS(x25519_keyexch);
NACRE_FUNCTIONS(rsa_signature);
NACRE_FUNCTIONS(ecdsa_signature);
NACRE_FUNCTIONS(ed25519_signature);
NACRE_FUNCTIONS(pem_to_der_decoder);
NACRE_FUNCTIONS(EncryptedPrivateKeyInfo_der_to_der_decoder);
NACRE_FUNCTIONS(PrivateKeyInfo_der_to_rsa_decoder);
NACRE_FUNCTIONS(PrivateKeyInfo_der_to_ec_decoder);
NACRE_FUNCTIONS(PrivateKeyInfo_der_to_ed25519_decoder);
NACRE_FUNCTIONS(type_specific_keypair_der_to_rsa_decoder);
NACRE_FUNCTIONS(type_specific_no_pub_der_to_ec_decoder);
#undef NACRE_FUNCTIONS

} // extern "C"

namespace {

constexpr const char* ours = "provider=default";

constexpr OSSL_ALGORITHM row(const char* names, const OSSL_DISPATCH* functions, const char* properties = ours)
{
    return {names, properties, functions, nullptr};
}
constexpr OSSL_ALGORITHM end{nullptr, nullptr, nullptr, nullptr};

const OSSL_ALGORITHM digests[] = {
    row("MD5", ossl_md5_functions),         row("SHA1:SHA-1", ossl_sha1_functions),
    row("SHA2-256:SHA-256:SHA256", ossl_sha256_functions), row("SHA2-384:SHA-384:SHA384", ossl_sha384_functions),
    row("SHA2-512:SHA-512:SHA512", ossl_sha512_functions), end,
};
const OSSL_ALGORITHM macs[] = {row("HMAC", ossl_hmac_functions), row("POLY1305", ossl_poly1305_functions), end};
const OSSL_ALGORITHM ciphers[] = {
    row("AES-128-CTR", ossl_aes128ctr_functions), row("AES-192-CTR", ossl_aes192ctr_functions),
    row("AES-256-CTR", ossl_aes256ctr_functions), row("AES-128-ECB", ossl_aes128ecb_functions),
    row("AES-192-ECB", ossl_aes192ecb_functions), row("AES-256-ECB", ossl_aes256ecb_functions),
    row("AES-128-CBC", ossl_aes128cbc_functions), row("AES-192-CBC", ossl_aes192cbc_functions),
    row("AES-256-CBC", ossl_aes256cbc_functions), row("AES-128-GCM", ossl_aes128gcm_functions),
    row("AES-192-GCM", ossl_aes192gcm_functions), row("AES-256-GCM", ossl_aes256gcm_functions),
    row("DES-EDE3-CBC:DES3", ossl_tdes_ede3_cbc_functions), row("ChaCha20", ossl_chacha20_functions), end,
};
const OSSL_ALGORITHM generators[] = {row("HASH-DRBG", ossl_drbg_hash_functions), row("SEED-SRC", ossl_seed_src_functions), end};
const OSSL_ALGORITHM keys[] = {
    row("DH:dhKeyAgreement", ossl_dh_keymgmt_functions), row("EC:id-ecPublicKey", ossl_ec_keymgmt_functions),
    row("RSA:rsaEncryption", ossl_rsa_keymgmt_functions), row("X25519", ossl_x25519_keymgmt_functions),
    row("ED25519", ossl_ed25519_keymgmt_functions), end,
};
const OSSL_ALGORITHM exchanges[] = {
    row("DH:dhKeyAgreement", ossl_dh_keyexch_functions), row("ECDH", ossl_ecdh_keyexch_functions),
    row("X25519", ossl_x25519_keyexch_functions), end,
};
const OSSL_ALGORITHM signatures[] = {
    row("RSA:rsaEncryption", ossl_rsa_signature_functions), row("ECDSA", ossl_ecdsa_signature_functions),
    row("ED25519", ossl_ed25519_signature_functions), end,
};
#ifdef NACRE_READS_KEY_FILES
// Passphrases of PKCS #8 files (RFC 8018, RFC 7914, RFC 7292 appendix B).
const OSSL_ALGORITHM derivations[] = {
    row("PBKDF2", ossl_kdf_pbkdf2_functions), row("SCRYPT:id-scrypt", ossl_kdf_scrypt_functions),
    row("PKCS12KDF", ossl_kdf_pkcs12_functions), end,
};
#endif
// Keys in PEM files.
const OSSL_ALGORITHM decoders[] = {
    row("DER", ossl_pem_to_der_decoder_functions, "provider=default,input=pem"),
    row("DER", ossl_EncryptedPrivateKeyInfo_der_to_der_decoder_functions,
        "provider=default,input=der,structure=EncryptedPrivateKeyInfo"),
    row("RSA", ossl_PrivateKeyInfo_der_to_rsa_decoder_functions, "provider=default,input=der,structure=PrivateKeyInfo"),
    row("EC", ossl_PrivateKeyInfo_der_to_ec_decoder_functions, "provider=default,input=der,structure=PrivateKeyInfo"),
    row("ED25519", ossl_PrivateKeyInfo_der_to_ed25519_decoder_functions,
        "provider=default,input=der,structure=PrivateKeyInfo"),
    row("RSA", ossl_type_specific_keypair_der_to_rsa_decoder_functions,
        "provider=default,input=der,structure=type-specific"),
    row("EC", ossl_type_specific_no_pub_der_to_ec_decoder_functions,
        "provider=default,input=der,structure=type-specific"),
    end,
};

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache)
{
    *no_cache = 0;
    switch (operation) {
    case OSSL_OP_DIGEST: return digests;
    case OSSL_OP_MAC: return macs;
    case OSSL_OP_CIPHER: return ciphers;
    case OSSL_OP_RAND: return generators;
    case OSSL_OP_KEYMGMT: return keys;
    case OSSL_OP_KEYEXCH: return exchanges;
    case OSSL_OP_SIGNATURE: return signatures;
    case OSSL_OP_DECODER: return decoders;
#ifdef NACRE_READS_KEY_FILES
    case OSSL_OP_KDF: return derivations;
#endif
    default: return nullptr;
    }
}

void teardown(void* context)
{
    auto* provider = static_cast<prov_ctx_st*>(context);
    BIO_meth_free(ossl_prov_ctx_get0_core_bio_method(provider));
    ossl_prov_ctx_free(provider);
}

using Function = void (*)();
const OSSL_DISPATCH dispatch[] = {
    {OSSL_FUNC_PROVIDER_TEARDOWN, reinterpret_cast<Function>(teardown)},
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<Function>(query)},
    {0, nullptr},
};

OSSL_LIB_CTX* library_of(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* from_core)
{
    for (const auto* entry = from_core; entry->function_id != 0; ++entry)
        if (entry->function_id == OSSL_FUNC_CORE_GET_LIBCTX)
            return reinterpret_cast<OSSL_LIB_CTX*>(OSSL_FUNC_core_get_libctx(entry)(handle));
    return nullptr;
}

int start(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* from_core, const OSSL_DISPATCH** functions, void** context)
{
    auto* library = library_of(handle, from_core);
    if (ossl_prov_bio_from_dispatch(from_core) != 1 || ossl_prov_seeding_from_dispatch(from_core) != 1 || !library)
        return 0;
    auto* provider = ossl_prov_ctx_new();
    auto* method = ossl_bio_prov_init_bio_method();
    if (!provider || !method) {
        ossl_prov_ctx_free(provider);
        return 0;
    }
    ossl_prov_ctx_set0_libctx(provider, library);
    ossl_prov_ctx_set0_handle(provider, handle);
    ossl_prov_ctx_set0_core_bio_method(provider, method);
    *context = provider;
    *functions = dispatch;
    return 1;
}

} // namespace

extern "C" const ossl_provider_info_st ossl_predefined_providers[] = {
    {"default", nullptr, start, nullptr, 1},
    {nullptr, nullptr, nullptr, nullptr, 0},
};

// What libcrypto would gather at start if asked to, which libcrypto_start.cpp never does: ciphers and digests by name, and
// the texts of errors.  Their tables stay out of the program as well.
extern "C" void openssl_add_all_ciphers_int() {}
extern "C" void openssl_add_all_digests_int() {}
extern "C" int ossl_err_load_crypto_strings() { return 1; }

// sshd reads no encrypted PEM files: a host key with a passphrase belongs to an agent.
#ifndef NACRE_READS_KEY_FILES
bool nacre::register_libcrypto_names() { return true; }
#endif
