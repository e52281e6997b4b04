#include "crypto/x25519.h"

#include <gtest/gtest.h>

#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

TEST(X25519, AgreesWithRfc7748)
{
    for (auto& vector : test::read_vectors("x25519.vec")) {
        if (vector.text("section") != "X25519")
            continue;
        X25519Key key{SecretBytes::copy_of(vector.bytes("Private"))};
        auto shared = key.agree(vector.bytes("Peer"));
        ASSERT_TRUE(shared);
        EXPECT_EQ(to_hex(shared->bytes()), vector.text("Shared"));
        if (vector.has("Public")) {
            EXPECT_EQ(to_hex(key.public_key()), vector.text("Public"));
        }
    }
}

TEST(X25519, RefusesPointsThatMakeTheResultZero)
{
    test::SeededRandom random{1};
    X25519Key key{random};
    for (auto& vector : test::read_vectors("x25519.vec"))
        if (vector.text("section") == "LowOrder") {
            EXPECT_FALSE(key.agree(vector.bytes("Peer"))) << "line " << vector.line;
        }
}

TEST(X25519, RefusesOtherLengths)
{
    test::SeededRandom random{2};
    X25519Key key{random}, other{random};
    EXPECT_TRUE(key.agree(other.public_key()));
    EXPECT_FALSE(key.agree(other.public_key().first(31)));
    EXPECT_FALSE(key.agree(ByteVector(33, 9)));
    EXPECT_FALSE(key.agree({}));
}

} // namespace
} // namespace nacre
