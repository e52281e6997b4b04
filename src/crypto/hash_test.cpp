#include "crypto/hash.h"

#include <gtest/gtest.h>

#include "support/repeated.h"
#include "support/vectors.h"

namespace nacre {
namespace {

HashKind kind_of(std::string_view name)
{
    for (auto kind : {HashKind::md5, HashKind::sha1, HashKind::sha256, HashKind::sha384, HashKind::sha512})
        if (hash_name(kind) == name)
            return kind;
    ADD_FAILURE() << name;
    return HashKind::md5;
}

TEST(Hash, AgreesWithTheStandards)
{
    for (auto& vector : test::read_vectors("hash.vec")) {
        auto kind = kind_of(vector.text("section"));
        auto digest = hash_of(kind, test::repeated(vector, "Message"));
        EXPECT_EQ(to_hex(digest), to_hex(vector.bytes("Digest"))) << "line " << vector.line;
        EXPECT_EQ(digest.size(), hash_size(kind));
    }
}

TEST(Hash, PiecesGiveTheSameAsTheWhole)
{
    Hash hash{HashKind::sha256};
    hash.update(as_bytes("a")).update({}).update(as_bytes("bc"));
    EXPECT_EQ(hash.finish(), hash_of(HashKind::sha256, as_bytes("abc")));
}

} // namespace
} // namespace nacre
