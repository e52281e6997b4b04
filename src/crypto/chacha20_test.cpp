#include "crypto/chacha20.h"

#include <gtest/gtest.h>

#include "support/repeated.h"
#include "support/vectors.h"

namespace nacre {
namespace {

TEST(ChaCha20, AgreesWithRfc8439)
{
    for (auto& vector : test::read_vectors("chacha20.vec")) {
        ChaCha20 cipher{vector.bytes("Key")};
        auto text = vector.bytes("Plain");
        cipher.seek(vector.bytes("Nonce"), test::number(vector, "Block"));
        cipher.apply(text);
        EXPECT_EQ(text, vector.bytes("Cipher")) << "line " << vector.line;
    }
}

TEST(ChaCha20, ContinuesWhereItStopped)
{
    const ByteVector key(32, 1), nonce(8, 2);
    ChaCha20 cipher{key};
    ByteVector whole(300), pieces(300);
    cipher.seek(nonce, 0);
    cipher.apply(whole);

    ChaCha20 copy{key};
    copy.seek(nonce, 0);
    auto rest = MutableBytes{pieces};
    for (std::size_t count : {1u, 63u, 64u, 100u, 72u}) {
        copy.apply(rest.first(count));
        rest = rest.subspan(count);
    }
    EXPECT_EQ(whole, pieces);

    ByteVector tail(300 - 64);
    copy.seek(nonce, 1);
    copy.apply(tail);
    EXPECT_TRUE(same_bytes(tail, Bytes{whole}.subspan(64)));
}

TEST(ChaCha20, TheBlockCounterHas64Bits)
{
    const ByteVector key(32, 1), nonce(8, 2);
    ChaCha20 cipher{key};
    ByteVector across(128), beyond(64);
    cipher.seek(nonce, 0xffffffff);
    cipher.apply(across);
    cipher.seek(nonce, 0x100000000);
    cipher.apply(beyond);
    EXPECT_TRUE(same_bytes(beyond, Bytes{across}.subspan(64)));
}

} // namespace
} // namespace nacre
