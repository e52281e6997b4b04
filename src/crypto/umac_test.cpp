#include "crypto/umac.h"

#include <gtest/gtest.h>

#include "support/repeated.h"
#include "support/vectors.h"

namespace nacre {
namespace {

ByteVector tag_of(Umac& umac, std::size_t size, Bytes nonce, Bytes message)
{
    ByteVector tag(size);
    umac.compute(nonce, message, tag);
    return tag;
}

TEST(Umac, AgreesWithRfc4418)
{
    for (auto& vector : test::read_vectors("umac.vec")) {
        auto nonce = vector.bytes("Nonce");
        auto message = test::repeated(vector, "Message");
        Umac small{8, vector.bytes("Key")}, large{16, vector.bytes("Key")};
        EXPECT_EQ(tag_of(small, 8, nonce, message), vector.bytes("Tag64")) << "line " << vector.line;
        EXPECT_EQ(tag_of(large, 16, nonce, message), vector.bytes("Tag128")) << "line " << vector.line;
    }
}

TEST(Umac, NoncesMayComeInAnyOrder)
{
    auto key = as_bytes("abcdefghijklmnop");
    for (std::size_t size : {8u, 16u}) {
        Umac umac{size, key};
        for (auto last : ByteVector{0, 1, 2, 1, 7, 6, 0}) {
            ByteVector nonce(8);
            nonce.back() = last;
            Umac fresh{size, key};
            auto expected = tag_of(fresh, size, nonce, as_bytes("message"));
            EXPECT_EQ(tag_of(umac, size, nonce, as_bytes("message")), expected);
        }
    }
}

} // namespace
} // namespace nacre
