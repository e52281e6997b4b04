#include "keys/sshfp.h"

#include "support/key_files.h"

namespace nacre {

TEST(Sshfp, NamesAlgorithmsAndHashesAsRegistered)
{
    EXPECT_EQ(sshfp_record(test::public_key_named("rsa"), HashKind::sha1).algorithm, 1);
    EXPECT_EQ(sshfp_record(test::public_key_named("ecdsa521"), HashKind::sha1).algorithm, 3);
    auto record = sshfp_record(test::public_key_named("ed25519"), HashKind::sha256);
    EXPECT_EQ(record.algorithm, 4);
    EXPECT_EQ(record.fingerprint_type, 2);
    EXPECT_EQ(record.fingerprint.size(), 32u);
    EXPECT_EQ(sshfp_record(test::public_key_named("ed25519"), HashKind::sha1).fingerprint_type, 1);
}

TEST(Sshfp, MatchesItsKeyAlone)
{
    auto key = test::public_key_named("ed25519");
    auto record = sshfp_record(key, HashKind::sha256);
    EXPECT_TRUE(matches_sshfp(key, record));
    EXPECT_FALSE(matches_sshfp(test::public_key_named("rsa"), record));
    record.fingerprint.pop_back();
    EXPECT_FALSE(matches_sshfp(key, record));
    EXPECT_FALSE(matches_sshfp(key, {4, 3, {}}));
}

} // namespace nacre
