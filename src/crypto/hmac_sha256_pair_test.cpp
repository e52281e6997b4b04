#include "crypto/hmac_sha256_pair.h"

#include <gtest/gtest.h>

#include "crypto/hmac.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

ByteVector expected(Bytes key, const HmacSha256Pair::Message& message)
{
    ByteVector tag(HmacSha256Pair::tag_size);
    Hmac{HashKind::sha256, key}.update(message.head).update(message.body).finish(tag);
    return tag;
}

void expect_agreement(test::SeededRandom& random, std::size_t key_size, std::size_t first_size, std::size_t second_size)
{
    ByteVector key(key_size), first(first_size), second(second_size), first_tag(32), second_tag(32);
    for (auto* bytes : {&key, &first, &second})
        random.fill(*bytes);
    HmacSha256Pair::Message one{random.bytes<4>(), first, first_tag}, other{random.bytes<4>(), second, second_tag};
    HmacSha256Pair{key}.compute(one, other);
    ASSERT_EQ(to_hex(first_tag), to_hex(expected(key, one))) << first_size << " beside " << second_size;
    ASSERT_EQ(to_hex(second_tag), to_hex(expected(key, other))) << second_size << " beside " << first_size;
}

// Hmac itself is tested with vectors.  On a processor without the instructions there is nothing to test.
TEST(HmacSha256Pair, AgreesWithHmacForEveryTwoLengths)
{
    if (!HmacSha256Pair::is_supported())
        return;
    test::SeededRandom random{1};
    for (std::size_t first = 0; first < 200; ++first)
        for (std::size_t second = 0; second < 200; second += 1 + first % 3)
            expect_agreement(random, 32, first, second);
}

TEST(HmacSha256Pair, AgreesWithHmacForLongMessagesAndAllKeys)
{
    if (!HmacSha256Pair::is_supported())
        return;
    test::SeededRandom random{2};
    for (std::size_t key_size = 0; key_size <= 64; ++key_size)
        expect_agreement(random, key_size, random.below(70'000), random.below(70'000));
}

} // namespace
} // namespace nacre
