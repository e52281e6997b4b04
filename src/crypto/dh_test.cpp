#include "crypto/dh.h"

#include <openssl/bn.h>

#include <gtest/gtest.h>

#include "crypto/library.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

// p - difference, big-endian.
ByteVector below(Bytes prime, unsigned difference)
{
    LibcryptoPtr<BIGNUM, BN_free> number{BN_bin2bn(prime.data(), static_cast<int>(prime.size()), nullptr)};
    BN_sub_word(number.get(), difference);
    ByteVector bytes(prime.size());
    BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

TEST(Dh, TheGroupsLookLikeRfc3526)
{
    // "The prime is: 2^2048 - 2^1984 - 1 + 2^64 * { [2^1918 pi] + 124476 }", and so for the others: 64 ones at both
    // ends, then the digits of pi.
    std::pair<Modp, std::size_t> sizes[] = {
        {Modp::group1, 128}, {Modp::group14, 256}, {Modp::group16, 512}, {Modp::group18, 1024}};
    for (auto [name, size] : sizes) {
        auto group = modp_group(name);
        EXPECT_EQ(group.prime.size(), size);
        EXPECT_EQ(to_hex(group.prime.first(24)), "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd1");
        EXPECT_EQ(to_hex(group.prime.last(8)), "ffffffffffffffff");
        EXPECT_EQ(to_hex(group.generator), "02");
    }
    EXPECT_EQ(to_hex(modp_group(Modp::group1).prime.last(16)), "49286651ece65381ffffffffffffffff");
    EXPECT_EQ(to_hex(modp_group(Modp::group14).prime.last(16)), "15728e5a8aacaa68ffffffffffffffff");
    EXPECT_EQ(to_hex(modp_group(Modp::group16).prime.last(16)), "4df435c934063199ffffffffffffffff");
    EXPECT_EQ(to_hex(modp_group(Modp::group18).prime.last(16)), "60c980dd98edd3dfffffffffffffffff");
}

TEST(Dh, BothSidesAgree)
{
    test::SeededRandom random{1};
    for (auto name : {Modp::group14, Modp::group16, Modp::group18}) {
        auto a = DhKey::generate(modp_group(name), random), b = DhKey::generate(modp_group(name), random);
        ASSERT_TRUE(a && b);
        auto one = a->agree(b->public_key()), other = b->agree(a->public_key());
        ASSERT_TRUE(one && other);
        EXPECT_TRUE(*one == *other);
    }
}

TEST(Dh, RefusesValuesThatGiveTheSecretAway)
{
    test::SeededRandom random{2};
    auto prime = modp_group(Modp::group14).prime;
    auto key = DhKey::generate(modp_group(Modp::group14), random);
    ASSERT_TRUE(key);
    EXPECT_FALSE(key->agree({}));
    EXPECT_FALSE(key->agree(ByteVector{0}));
    EXPECT_FALSE(key->agree(ByteVector{1}));
    EXPECT_FALSE(key->agree(ByteVector{0, 0, 1}));
    EXPECT_FALSE(key->agree(below(prime, 1)));
    EXPECT_FALSE(key->agree(prime));
    EXPECT_FALSE(key->agree(ByteVector(prime.size(), 0xff)));
    EXPECT_FALSE(key->agree(ByteVector(100'000, 0xff)));
    EXPECT_TRUE(key->agree(ByteVector{2}));
    EXPECT_TRUE(key->agree(below(prime, 2)));
}

TEST(Dh, RefusesGroupsThatAreTooSmallTooLargeOrBroken)
{
    test::SeededRandom random{3};
    auto [prime, generator] = modp_group(Modp::group14);
    ByteVector two{2}, small(128, 0xff), large(1025, 0xff), even(prime.begin(), prime.end());
    even.back() &= 0xfe;
    EXPECT_TRUE(DhKey::generate({prime, two}, random));
    EXPECT_FALSE(DhKey::generate({small, two}, random));
    EXPECT_FALSE(DhKey::generate({large, two}, random));
    EXPECT_FALSE(DhKey::generate({even, two}, random));
    EXPECT_FALSE(DhKey::generate({{}, two}, random));
    EXPECT_FALSE(DhKey::generate({prime, {}}, random));
    EXPECT_FALSE(DhKey::generate({prime, ByteVector{1}}, random));
    EXPECT_FALSE(DhKey::generate({prime, below(prime, 1)}, random));
    EXPECT_FALSE(DhKey::generate({prime, prime}, random));
}

} // namespace
} // namespace nacre
