#include "crypto/ecdh.h"

#include <gtest/gtest.h>

#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

constexpr EcdhCurve all_curves[] = {EcdhCurve::nistp256, EcdhCurve::nistp384, EcdhCurve::nistp521};

EcdhCurve curve_of(std::string_view name)
{
    return name == "nistp256" ? EcdhCurve::nistp256 : name == "nistp384" ? EcdhCurve::nistp384 : EcdhCurve::nistp521;
}

TEST(Ecdh, AgreesWithNist)
{
    for (auto& vector : test::read_vectors("ecdh.vec")) {
        auto key = EcdhKey::from_private(curve_of(vector.text("section")), SecretBytes::copy_of(vector.bytes("Private")));
        ASSERT_TRUE(key);
        EXPECT_EQ(to_hex(key->public_key()), vector.text("Public"));
        auto shared = key->agree(vector.bytes("Peer"));
        ASSERT_TRUE(shared);
        EXPECT_EQ(to_hex(shared->bytes()), vector.text("Shared"));
    }
}

TEST(Ecdh, BothSidesAgree)
{
    test::SeededRandom random{1};
    for (auto curve : all_curves) {
        EcdhKey a{curve, random}, b{curve, random};
        auto one = a.agree(b.public_key()), other = b.agree(a.public_key());
        ASSERT_TRUE(one && other);
        EXPECT_TRUE(*one == *other);
        EXPECT_EQ(one->size(), ecdh_field_size(curve));
    }
}

TEST(Ecdh, RefusesWhatIsNoUncompressedPointOfTheCurve)
{
    test::SeededRandom random{2};
    for (auto curve : all_curves) {
        EcdhKey key{curve, random}, other{curve, random};
        auto size = ecdh_field_size(curve);
        const auto good = to_vector(other.public_key());
        auto refuses = [&](ByteVector point) { return !key.agree(point); };

        auto off_the_curve = good;
        off_the_curve.back() ^= 1;
        EXPECT_TRUE(refuses(off_the_curve));

        auto compressed = ByteVector(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(1 + size));
        compressed[0] = static_cast<std::uint8_t>(2 + (good.back() & 1));
        EXPECT_TRUE(refuses(compressed));

        auto hybrid = good;
        hybrid[0] = static_cast<std::uint8_t>(6 + (good.back() & 1));
        EXPECT_TRUE(refuses(hybrid));

        auto beyond_the_field = ByteVector(good.size(), 0xff);
        beyond_the_field[0] = good[0];
        EXPECT_TRUE(refuses(beyond_the_field));

        auto zeros = ByteVector(good.size());
        EXPECT_TRUE(refuses(zeros));
        zeros[0] = 4;
        EXPECT_TRUE(refuses(zeros));
        EXPECT_TRUE(refuses({0}));                                // infinity
        EXPECT_TRUE(refuses({}));
        EXPECT_TRUE(refuses({good.begin(), good.end() - 1}));
        EXPECT_FALSE(refuses(good));
    }
}

TEST(Ecdh, RefusesPrivateKeysOutsideTheOrder)
{
    for (auto curve : all_curves) {
        auto size = ecdh_field_size(curve);
        EXPECT_FALSE(EcdhKey::from_private(curve, SecretBytes(size)));
        EXPECT_FALSE(EcdhKey::from_private(curve, SecretBytes::copy_of(ByteVector(size, 0xff))));
    }
}

} // namespace
} // namespace nacre
