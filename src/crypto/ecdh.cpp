#include "crypto/ecdh.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <utility>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

using Number = LibcryptoPtr<BIGNUM, BN_clear_free>;
using Point = LibcryptoPtr<EC_POINT, EC_POINT_clear_free>;
using Scratch = LibcryptoPtr<BN_CTX, BN_CTX_free>;

template <int identifier>
const EC_GROUP* built_in_group()
{
    static const EC_GROUP* const group = EC_GROUP_new_by_curve_name_ex(libcrypto(), nullptr, identifier);
    NACRE_EXPECTS(group != nullptr);
    return group;
}

const EC_GROUP* group_of(EcdhCurve curve)
{
    switch (curve) {
    case EcdhCurve::nistp256:
        return built_in_group<NID_X9_62_prime256v1>();
    case EcdhCurve::nistp384:
        return built_in_group<NID_secp384r1>();
    case EcdhCurve::nistp521:
        return built_in_group<NID_secp521r1>();
    }
    NACRE_UNREACHABLE();
}

Number number_of(Bytes bytes)
{
    Number number{BN_secure_new()};
    NACRE_EXPECTS(number && BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) != nullptr);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    return number;
}

bool is_private_key(EcdhCurve curve, const BIGNUM* number)
{
    return !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group_of(curve))) < 0;
}

// FIPS 186-5 A.2.2: numbers of the order's length until one is below it.
SecretBytes random_private_key(EcdhCurve curve, Random& random)
{
    SecretBytes key(ecdh_field_size(curve));
    do {
        random.fill(key.bytes());
        if (curve == EcdhCurve::nistp521)
            key.bytes()[0] &= 1;
    } while (!is_private_key(curve, number_of(key.bytes()).get()));
    return key;
}

} // namespace

std::size_t ecdh_field_size(EcdhCurve curve)
{
    switch (curve) {
    case EcdhCurve::nistp256:
        return 32;
    case EcdhCurve::nistp384:
        return 48;
    case EcdhCurve::nistp521:
        return 66;
    }
    NACRE_UNREACHABLE();
}

EcdhKey::EcdhKey(EcdhCurve curve, Random& random) : EcdhKey(curve, random_private_key(curve, random)) {}

std::optional<EcdhKey> EcdhKey::from_private(EcdhCurve curve, SecretBytes private_key)
{
    if (!is_private_key(curve, number_of(private_key.bytes()).get()))
        return std::nullopt;
    return EcdhKey{curve, std::move(private_key)};
}

EcdhKey::EcdhKey(EcdhCurve curve, SecretBytes private_key)
    : curve_(curve), private_key_(std::move(private_key)), public_key_(1 + 2 * ecdh_field_size(curve))
{
    const auto* group = group_of(curve);
    Scratch scratch{BN_CTX_secure_new_ex(libcrypto())};
    Point point{EC_POINT_new(group)};
    auto factor = number_of(private_key_.bytes());
    NACRE_EXPECTS(EC_POINT_mul(group, point.get(), factor.get(), nullptr, nullptr, scratch.get()) == 1);
    NACRE_EXPECTS(EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, public_key_.data(),
                                     public_key_.size(), scratch.get()) == public_key_.size());
}

std::optional<SecretBytes> EcdhKey::agree(Bytes peer_public) const
{
    if (peer_public.size() != public_key_.size() || peer_public[0] != POINT_CONVERSION_UNCOMPRESSED)
        return std::nullopt;
    const auto* group = group_of(curve_);
    Scratch scratch{BN_CTX_secure_new_ex(libcrypto())};
    Point peer{EC_POINT_new(group)}, product{EC_POINT_new(group)};
    // Refuses coordinates outside the field and points off the curve.
    if (EC_POINT_oct2point(group, peer.get(), peer_public.data(), peer_public.size(), scratch.get()) != 1 ||
        EC_POINT_is_on_curve(group, peer.get(), scratch.get()) != 1 || EC_POINT_is_at_infinity(group, peer.get()))
        return std::nullopt;
    auto factor = number_of(private_key_.bytes());
    Number x{BN_secure_new()};
    if (EC_POINT_mul(group, product.get(), nullptr, peer.get(), factor.get(), scratch.get()) != 1 ||
        EC_POINT_get_affine_coordinates(group, product.get(), x.get(), nullptr, scratch.get()) != 1)
        return std::nullopt;
    SecretBytes shared(ecdh_field_size(curve_));
    NACRE_EXPECTS(BN_bn2binpad(x.get(), shared.bytes().data(), static_cast<int>(shared.size())) >= 0);
    return shared;
}

} // namespace nacre
