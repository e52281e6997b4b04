#include "tokens/pkcs11_objects.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "crypto/sign.h"
#include "keys/key_types.h"
#include "keys/pem_format.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre::token {

namespace {

constexpr std::size_t longest_attribute = 64 * 1024;
constexpr std::uint8_t der_octet_string = 0x04;

struct CurveRow {
    std::string_view parameters;                                  // DER of the object identifier
    std::string_view key_type;
    std::string_view curve;
    std::size_t point_size;
};

using namespace std::string_view_literals;
constexpr std::array curves{
    CurveRow{"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, "ecdsa-sha2-nistp256", "nistp256", 65},
    CurveRow{"\x06\x05\x2b\x81\x04\x00\x22"sv, "ecdsa-sha2-nistp384", "nistp384", 97},
    CurveRow{"\x06\x05\x2b\x81\x04\x00\x23"sv, "ecdsa-sha2-nistp521", "nistp521", 133},
};

// The point is wrapped in an OCTET STRING, except where a module knows no better.
Bytes unwrapped(Bytes point, std::size_t size)
{
    if (point.size() == size)
        return point;
    Reader in{point};
    if (in.u8() != der_octet_string)
        return {};
    auto length = in.u8();
    if (length == 0x81)
        length = in.u8();
    auto inner = in.take(length);
    return in.ok() && in.left() == 0 && inner.size() == size ? inner : Bytes{};
}

std::optional<PublicKey> from_blob(const ByteVector& blob)
{
    auto key = PublicKey::from_blob(blob);
    return key ? std::optional{std::move(*key)} : std::nullopt;
}

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const
    {
        release(object);
    }
};

} // namespace

std::vector<CK_OBJECT_HANDLE> ObjectReader::find(std::vector<CK_ATTRIBUTE> wanted) const
{
    std::vector<CK_OBJECT_HANDLE> found;
    if (functions_->C_FindObjectsInit(session_, wanted.data(), wanted.size()) != CKR_OK)
        return found;
    std::array<CK_OBJECT_HANDLE, 16> some{};
    CK_ULONG count = 0;
    while (found.size() < most_objects &&
           functions_->C_FindObjects(session_, some.data(), some.size(), &count) == CKR_OK && count > 0)
        found.insert(found.end(), some.begin(), some.begin() + std::min<CK_ULONG>(count, some.size()));
    (void)functions_->C_FindObjectsFinal(session_);
    return found;
}

ByteVector ObjectReader::bytes(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) const
{
    CK_ATTRIBUTE wanted{attribute, nullptr, 0};
    if (functions_->C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > longest_attribute)
        return {};
    ByteVector value(wanted.ulValueLen);
    wanted.pValue = value.data();
    if (functions_->C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > value.size())
        return {};
    value.resize(wanted.ulValueLen);
    return value;
}

std::optional<CK_ULONG> ObjectReader::number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) const
{
    CK_ULONG value = 0;
    CK_ATTRIBUTE wanted{attribute, &value, sizeof value};
    if (functions_->C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK)
        return std::nullopt;
    return value;
}

bool ObjectReader::flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) const
{
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE wanted{attribute, &value, sizeof value};
    return functions_->C_GetAttributeValue(session_, object, &wanted, 1) == CKR_OK && value != CK_FALSE;
}

std::optional<PublicKey> ObjectReader::public_key(CK_OBJECT_HANDLE object) const
{
    auto kind = number(object, CKA_KEY_TYPE);
    ByteVector blob;
    Writer out{blob};
    if (kind == CKK_RSA) {
        out.string(key_type(KeyKind::rsa).name)
            .mpint(bytes(object, CKA_PUBLIC_EXPONENT))
            .mpint(bytes(object, CKA_MODULUS));
        return from_blob(blob);
    }
    auto point = bytes(object, CKA_EC_POINT);
    if (kind == CKK_EC_EDWARDS) {
        out.string(key_type(KeyKind::ed25519).name).string(unwrapped(point, ed25519_key_size));
        return from_blob(blob);
    }
    if (kind != CKK_EC)
        return std::nullopt;
    auto parameters = bytes(object, CKA_EC_PARAMS);
    auto row = std::ranges::find(curves, as_text(parameters), &CurveRow::parameters);
    if (row == curves.end())
        return std::nullopt;
    out.string(row->key_type).string(row->curve).string(unwrapped(point, row->point_size));
    return from_blob(blob);
}

std::optional<PublicKey> ObjectReader::certified_key(CK_OBJECT_HANDLE object) const
{
    if (number(object, CKA_CERTIFICATE_TYPE) != CKC_X_509)
        return std::nullopt;
    auto encoded = bytes(object, CKA_VALUE);
    const unsigned char* at = encoded.data();
    std::unique_ptr<X509, Release<X509_free>> certificate{
        d2i_X509(nullptr, &at, static_cast<long>(encoded.size()))};
    std::unique_ptr<BIO, Release<BIO_free_all>> text{BIO_new(BIO_s_mem())};
    bool written = certificate && text && PEM_write_bio_PUBKEY(text.get(), X509_get0_pubkey(certificate.get())) == 1;
    ERR_clear_error();
    if (!written)
        return std::nullopt;
    char* data = nullptr;
    auto size = BIO_get_mem_data(text.get(), &data);
    auto key = parse_pem_public_key(as_bytes({data, static_cast<std::size_t>(size)}));
    return key ? std::optional{std::move(*key)} : std::nullopt;
}

} // namespace nacre::token
