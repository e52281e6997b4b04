#include "crypto/poly1305.h"

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace nacre {
namespace {

TEST(Poly1305, AgreesWithRfc8439)
{
    Poly1305 poly1305;                                            // one object for all
    for (auto& vector : test::read_vectors("poly1305.vec")) {
        ByteVector tag(Poly1305::tag_size);
        poly1305.compute(vector.bytes("Key"), vector.bytes("Message"), tag);
        EXPECT_EQ(tag, vector.bytes("Tag")) << "line " << vector.line;
    }
}

} // namespace
} // namespace nacre
