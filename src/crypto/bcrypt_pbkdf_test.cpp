#include "crypto/bcrypt_pbkdf.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "support/vectors.h"

namespace nacre {

TEST(BcryptPbkdf, GivesTheKnownAnswers)
{
    for (auto& known : test::read_vectors("bcrypt_pbkdf.vec")) {
        auto expected = known.bytes("Key");
        ByteVector key(expected.size());
        auto rounds = parse_number<std::uint32_t>(known.text("Rounds")).value();
        ASSERT_TRUE(bcrypt_pbkdf(known.bytes("Passphrase"), known.bytes("Salt"), rounds, key));
        EXPECT_EQ(to_hex(key), to_hex(expected)) << "line " << known.line;
    }
}

TEST(BcryptPbkdf, RefusesWhatIsNoKeyDerivation)
{
    ByteVector key(32);
    ByteVector too_long(1025);
    EXPECT_FALSE(bcrypt_pbkdf({}, as_bytes("salt"), 1, key));
    EXPECT_FALSE(bcrypt_pbkdf(as_bytes("p"), {}, 1, key));
    EXPECT_FALSE(bcrypt_pbkdf(as_bytes("p"), as_bytes("salt"), 0, key));
    EXPECT_FALSE(bcrypt_pbkdf(as_bytes("p"), as_bytes("salt"), 1, {}));
    EXPECT_FALSE(bcrypt_pbkdf(as_bytes("p"), as_bytes("salt"), 1, too_long));
}

} // namespace nacre
