#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace nacre {
namespace {

HashKind kind_of(std::string_view name)
{
    for (auto kind : {HashKind::sha1, HashKind::sha256, HashKind::sha384})
        if (hash_name(kind) == name)
            return kind;
    return HashKind::sha512;
}

TEST(Hmac, AgreesWithTheStandards)
{
    for (auto& vector : test::read_vectors("hmac.vec")) {
        auto kind = kind_of(vector.text("section"));
        auto tag = hmac_of(kind, vector.bytes("Key"), vector.bytes("Message"));
        EXPECT_EQ(to_hex(tag), to_hex(vector.bytes("Tag"))) << "line " << vector.line;
    }
}

TEST(Hmac, OneKeyServesManyMessages)
{
    auto key = as_bytes("a key that is longer than a block of SHA-256, so that it has to be hashed first, says RFC 2104");
    Hmac hmac{HashKind::sha256, key};
    for (auto message : {"", "one", "two", ""}) {
        ByteVector tag(32);
        hmac.update(as_bytes(message)).finish(tag);
        EXPECT_EQ(tag, hmac_of(HashKind::sha256, key, as_bytes(message)));
    }
}

TEST(Hmac, TheEmptyKeyIsAKey)
{
    EXPECT_EQ(to_hex(hmac_of(HashKind::sha256, {}, {})),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

} // namespace
} // namespace nacre
