#include "keys/pem_format.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "base/contract.h"
#include "crypto/library.h"
#include "keys/key_family.h"
#include "keys/pkcs8_cost.h"

namespace nacre {

namespace {

using Bio = LibcryptoPtr<BIO, BIO_free_all>;
using DecoderContext = LibcryptoPtr<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free>;
using EncoderContext = LibcryptoPtr<OSSL_ENCODER_CTX, OSSL_ENCODER_CTX_free>;

// Hands libcrypto the passphrase and remembers that it asked.
struct PassphraseSource {
    std::string_view passphrase;
    bool was_asked = false;

    static int answer(char* buffer, int size, int, void* source)
    {
        auto& self = *static_cast<PassphraseSource*>(source);
        self.was_asked = true;
        if (self.passphrase.empty() || self.passphrase.size() > static_cast<std::size_t>(size))
            return -1;
        std::ranges::copy(self.passphrase, buffer);
        return static_cast<int>(self.passphrase.size());
    }
};

Bio reader_of(Bytes file)
{
    Bio bio{BIO_new_mem_buf(file.data(), static_cast<int>(file.size()))};
    NACRE_EXPECTS(bio != nullptr);
    return bio;
}

Bio new_writer()
{
    Bio bio{BIO_new(BIO_s_mem())};                                // wipes what it held when it grows or dies
    NACRE_EXPECTS(bio != nullptr);
    return bio;
}

Bytes written_to(const Bio& bio)
{
    char* data = nullptr;
    auto size = BIO_get_mem_data(bio.get(), &data);
    return as_bytes({data, static_cast<std::size_t>(size)});
}

Failure no_such_form(const PublicKey& key)
{
    return bad_input(fmt::format("there is no PEM or PKCS8 form of {} keys", key.type().short_name));
}

Result<EvpKey> handle_of(const PublicKey& key)
{
    auto* forms = family_of(key.kind()).libcrypto;
    if (!forms)
        return no_such_form(key);
    return forms->public_handle(key.type(), key.blob());
}

} // namespace

Result<PrivateKeyFile> parse_pem_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit)
{
    (void)libcrypto();                                            // which its functions for costs do not start
    auto form = TRY(private_key_form(file));
    TRY(check_pkcs8_cost(file, limit.pbkdf2_iterations));
    if (passphrase.empty() && as_text(file).contains("\nProc-Type: 4,ENCRYPTED"))   // RFC 1421 §4.6.1.1
        return not_permitted("the key is encrypted, a passphrase is needed");
    PassphraseSource source{passphrase};
    auto bio = reader_of(file);
    EvpKey handle{PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, PassphraseSource::answer, &source, libcrypto(), nullptr)};
    ERR_clear_error();
    if (!handle && source.was_asked)
        return not_permitted(
            passphrase.empty() ? "the key is encrypted, a passphrase is needed"
                               : "incorrect passphrase supplied to decrypt private key");
    if (!handle)
        return bad_input("the key file is damaged");
    auto key = TRY(PrivateKeyAccess::from_handle(std::move(handle)));
    return PrivateKeyFile{std::move(key), {}, form};
}

Result<SecretBytes> write_pem_key(const PrivateKey& key, std::string_view passphrase, KeyFileForm form)
{
    auto* handle = PrivateKeyAccess::handle(key).get();
    if (!handle)
        return no_such_form(key.public_key());
    auto bio = new_writer();
    auto* letters = passphrase.data();
    auto* text = passphrase.empty() ? nullptr : reinterpret_cast<const unsigned char*>(letters);
    auto size = static_cast<int>(passphrase.size());
    int ok = 0;
    if (form == KeyFileForm::pem) {
        auto* cipher = text ? fetch_cipher("AES-128-CBC") : nullptr;
        ok = PEM_write_bio_PrivateKey_traditional(bio.get(), handle, cipher, text, size, nullptr, nullptr);
    } else {
        auto* cipher = text ? fetch_cipher("AES-256-CBC") : nullptr;
        ok = PEM_write_bio_PKCS8PrivateKey(bio.get(), handle, cipher, letters, size, nullptr, nullptr);
    }
    if (ok != 1) {
        ERR_clear_error();
        return system_failure("libcrypto could not write the key");
    }
    return SecretBytes::copy_of(written_to(bio));
}

Result<PublicKey> parse_pem_public_key(Bytes file)
{
    evp_pkey_st* made = nullptr;
    auto bio = reader_of(file);
    DecoderContext decoder{
        OSSL_DECODER_CTX_new_for_pkey(&made, "PEM", nullptr, nullptr, EVP_PKEY_PUBLIC_KEY, libcrypto(), nullptr)};
    bool ok = decoder && OSSL_DECODER_from_bio(decoder.get(), bio.get()) == 1;
    EvpKey handle{made};
    ERR_clear_error();
    auto kind = ok ? kind_of(handle) : std::nullopt;
    if (!kind)
        return bad_input("not a PEM public key that SSH has a type for");
    return PublicKey::from_blob(family_of(*kind).libcrypto->public_blob(key_type(*kind), handle));
}

Result<std::string> write_pem_public_key(const PublicKey& key, KeyFileForm form)
{
    auto handle = TRY(handle_of(key));
    bool pkcs1 = form == KeyFileForm::pem && key.kind() == KeyKind::rsa;
    if (form == KeyFileForm::pem && key.kind() == KeyKind::ed25519)
        return bad_input("there is no PEM form of Ed25519 keys; PKCS8 has one");
    auto bio = new_writer();
    EncoderContext encoder{OSSL_ENCODER_CTX_new_for_pkey(
        handle.get(), EVP_PKEY_PUBLIC_KEY, "PEM", pkcs1 ? "type-specific" : "SubjectPublicKeyInfo", nullptr)};
    if (!encoder || OSSL_ENCODER_to_bio(encoder.get(), bio.get()) != 1) {
        ERR_clear_error();
        return system_failure("libcrypto could not write the key");
    }
    return std::string{as_text(written_to(bio))};
}

} // namespace nacre
