#include "keys/pkcs8_cost.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "crypto/library.h"
#include "keys/armor.h"

namespace nacre {

namespace {

using EncryptedInfo = LibcryptoPtr<X509_SIG, X509_SIG_free>;
using Pbes2 = LibcryptoPtr<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2 = LibcryptoPtr<PBKDF2PARAM, PBKDF2PARAM_free>;
using Pbes1 = LibcryptoPtr<PBEPARAM, PBEPARAM_free>;
using Scrypt = LibcryptoPtr<SCRYPT_PARAMS, SCRYPT_PARAMS_free>;

constexpr std::int64_t scrypt_parallel_limit = 16;                // its memory is limited by libcrypto

bool is_at_most(const ASN1_INTEGER* number, std::int64_t limit)
{
    std::int64_t value = 0;
    return ASN1_INTEGER_get_int64(&value, number) == 1 && value >= 0 && value <= limit;
}

template <class T>
T* unpack(const X509_ALGOR* algorithm, const ASN1_ITEM* item)
{
    return static_cast<T*>(ASN1_TYPE_unpack_sequence(item, algorithm->parameter));
}

bool is_affordable_key_derivation(const X509_ALGOR* derivation, std::int64_t iterations_limit)
{
    switch (OBJ_obj2nid(derivation->algorithm)) {
    case NID_id_pbkdf2: {
        Pbkdf2 parameters{unpack<PBKDF2PARAM>(derivation, ASN1_ITEM_rptr(PBKDF2PARAM))};
        return parameters && is_at_most(parameters->iter, iterations_limit);
    }
    case NID_id_scrypt: {
        Scrypt parameters{unpack<SCRYPT_PARAMS>(derivation, ASN1_ITEM_rptr(SCRYPT_PARAMS))};
        return parameters && is_at_most(parameters->parallelizationParameter, scrypt_parallel_limit);
    }
    default: return false;
    }
}

bool is_affordable(const X509_ALGOR* scheme, std::int64_t iterations_limit)
{
    if (OBJ_obj2nid(scheme->algorithm) == NID_pbes2) {
        Pbes2 parameters{unpack<PBE2PARAM>(scheme, ASN1_ITEM_rptr(PBE2PARAM))};
        return parameters && is_affordable_key_derivation(parameters->keyfunc, iterations_limit);
    }
    Pbes1 parameters{unpack<PBEPARAM>(scheme, ASN1_ITEM_rptr(PBEPARAM))};
    return parameters && is_at_most(parameters->iter, iterations_limit);
}

} // namespace

namespace {

Result<void> check_body(std::string_view body, std::int64_t iterations_limit)
{
    auto bytes = decode_wrapped_base64(body);
    if (!bytes)
        return bad_input("the key file is damaged: bad base64");
    const std::uint8_t* at = bytes->bytes().data();
    EncryptedInfo info{d2i_X509_SIG(nullptr, &at, static_cast<long>(bytes->size()))};
    const X509_ALGOR* scheme = nullptr;
    if (info)
        X509_SIG_get0(info.get(), &scheme, nullptr);
    bool affordable = scheme && is_affordable(scheme, iterations_limit);
    ERR_clear_error();
    if (!affordable)
        return bad_input("the key file is damaged, or asks for more work than is reasonable");
    return {};
}

} // namespace

// libcrypto reads on until it meets something that it knows, and begins wherever its buffer does: so every place counts.
Result<void> check_pkcs8_cost(Bytes file, std::int64_t iterations_limit)
{
    constexpr std::string_view begin = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    auto text = as_text(file);
    for (auto at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + begin.size())) {
        auto body = text.substr(at + begin.size());
        TRY(check_body(body.substr(0, body.find("-----")), iterations_limit));
    }
    return {};
}

} // namespace nacre
