// ECDSA (FIPS 186-4 §6).  libcrypto speaks DER; our callers speak of r and s.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>

#include "base/contract.h"
#include "crypto/key_numbers.h"
#include "crypto/sign.h"

namespace nacre {

namespace {

struct CurveRow {
    Curve curve;
    const char* name;                                             // libcrypto's
    int nid;
    std::size_t bytes;
};

constexpr std::array curves{
    CurveRow{Curve::nistp256, "prime256v1", NID_X9_62_prime256v1, 32},
    CurveRow{Curve::nistp384, "secp384r1", NID_secp384r1, 48},
    CurveRow{Curve::nistp521, "secp521r1", NID_secp521r1, 66},
};

const CurveRow& row_of(Curve curve) { return curves[static_cast<std::size_t>(curve)]; }

using Group = LibcryptoPtr<EC_GROUP, EC_GROUP_free>;
using Point = LibcryptoPtr<EC_POINT, EC_POINT_free>;
using DerSignature = LibcryptoPtr<ECDSA_SIG, ECDSA_SIG_free>;

// scalar * G as an uncompressed point; empty unless the scalar is in [1, n - 1].
ByteVector public_point(Curve curve, const BIGNUM* scalar)
{
    Group group{EC_GROUP_new_by_curve_name_ex(libcrypto(), nullptr, row_of(curve).nid)};
    BignumContext context{BN_CTX_secure_new_ex(libcrypto())};
    NACRE_EXPECTS(group && context);
    if (BN_is_zero(scalar) || BN_cmp(scalar, EC_GROUP_get0_order(group.get())) >= 0)
        return {};
    Point point{EC_POINT_new(group.get())};
    ByteVector encoded(2 * row_of(curve).bytes + 1);
    bool ok = point && EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, context.get()) == 1 &&
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
            context.get()) == encoded.size();
    return ok ? encoded : ByteVector{};
}

} // namespace

std::size_t curve_bytes(Curve curve) { return row_of(curve).bytes; }

EvpKey ecdsa_public(Curve curve, Bytes point)
{
    if (point.size() != 2 * row_of(curve).bytes + 1 || point[0] != POINT_CONVERSION_UNCOMPRESSED)
        return nullptr;
    return KeyParameters{}
        .text(OSSL_PKEY_PARAM_GROUP_NAME, row_of(curve).name)
        .octets(OSSL_PKEY_PARAM_PUB_KEY, point)
        .make_key("EC", EVP_PKEY_PUBLIC_KEY);
}

EvpKey ecdsa_private(Curve curve, Bytes point, Bytes scalar)
{
    if (scalar.size() > row_of(curve).bytes)
        return nullptr;
    auto number = bignum_from(scalar);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    if (point.empty() || !same_bytes(public_point(curve, number.get()), point))
        return nullptr;
    return KeyParameters{}
        .text(OSSL_PKEY_PARAM_GROUP_NAME, row_of(curve).name)
        .octets(OSSL_PKEY_PARAM_PUB_KEY, point)
        .number(OSSL_PKEY_PARAM_PRIV_KEY, number.get())
        .make_key("EC", EVP_PKEY_KEYPAIR);
}

EvpKey ecdsa_generate(Curve curve)
{
    return EvpKey{EVP_PKEY_Q_keygen(libcrypto(), nullptr, "EC", row_of(curve).name)};
}

std::optional<Curve> ecdsa_curve(const EvpKey& key)
{
    std::array<char, 64> name{};
    if (EVP_PKEY_get_group_name(key.get(), name.data(), name.size(), nullptr) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    auto found = std::ranges::find(curves, std::string_view{name.data()}, &CurveRow::name);
    if (found == curves.end())
        return std::nullopt;
    return found->curve;
}

ByteVector ecdsa_point(const EvpKey& key)
{
    // By coordinates: the key itself may prefer compressed points.
    auto x = key_number(key, OSSL_PKEY_PARAM_EC_PUB_X);
    auto y = key_number(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    auto curve = ecdsa_curve(key);
    if (!x || !y || !curve)
        return {};
    auto size = curve_bytes(*curve);
    ByteVector point(1 + 2 * size, 0);
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    MutableBytes coordinates = MutableBytes{point}.subspan(1);
    bool fits = BN_bn2binpad(x.get(), coordinates.first(size).data(), static_cast<int>(size)) > 0 &&
        BN_bn2binpad(y.get(), coordinates.last(size).data(), static_cast<int>(size)) > 0;
    return fits ? point : ByteVector{};
}

SecretBytes ecdsa_scalar(const EvpKey& key)
{
    auto scalar = key_number(key, OSSL_PKEY_PARAM_PRIV_KEY);
    return scalar ? secret_magnitude_of(scalar.get()) : SecretBytes{};
}

std::optional<EcdsaSignature> ecdsa_sign(const EvpKey& key, HashKind hash, Bytes data)
{
    auto der = digest_sign(key, digest_name(hash), data);
    const std::uint8_t* at = der.data();
    DerSignature parsed{der.empty() ? nullptr : d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
    if (!parsed)
        return std::nullopt;
    return EcdsaSignature{magnitude_of(ECDSA_SIG_get0_r(parsed.get())), magnitude_of(ECDSA_SIG_get0_s(parsed.get()))};
}

bool ecdsa_verify(const EvpKey& key, HashKind hash, Bytes data, Bytes r, Bytes s)
{
    constexpr std::size_t longest = 66;                           // libcrypto checks the range itself
    if (r.size() > longest || s.size() > longest)
        return false;
    DerSignature parsed{ECDSA_SIG_new()};
    NACRE_EXPECTS(parsed != nullptr);
    ECDSA_SIG_set0(parsed.get(), bignum_from(r).release(), bignum_from(s).release());
    auto size = i2d_ECDSA_SIG(parsed.get(), nullptr);
    if (size <= 0)
        return false;
    ByteVector der(static_cast<std::size_t>(size));
    std::uint8_t* at = der.data();
    i2d_ECDSA_SIG(parsed.get(), &at);
    return digest_verify(key, digest_name(hash), data, der);
}

} // namespace nacre
