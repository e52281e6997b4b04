#include "keys/sshfp.h"

#include "support/key_files.h"

namespace nacre {

TEST(Sshfp, NamesAlgorithmsAndHashesAsRegistered)
{
    EXPECT_EQ(sshfp_record(test::public_key_named("rsa"), HashKind::sha1)->algorithm, 1);
    EXPECT_EQ(sshfp_record(test::public_key_named("ecdsa521"), HashKind::sha1)->algorithm, 3);
    auto record = sshfp_record(test::public_key_named("ed25519"), HashKind::sha256);
    EXPECT_EQ(record->algorithm, 4);
    EXPECT_EQ(record->fingerprint_type, 2);
    EXPECT_EQ(record->fingerprint.size(), 32u);
    EXPECT_EQ(sshfp_record(test::public_key_named("ed25519"), HashKind::sha1)->fingerprint_type, 1);
}

TEST(Sshfp, HasNoRecordForTypesWithoutANumber)
{
    auto key = PublicKey::from_line("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAA"
                                    "AIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo=").value();
    EXPECT_FALSE(sshfp_record(key, HashKind::sha256));
    EXPECT_EQ(judge_by_sshfp(key, std::vector{SshfpRecord{4, 2, {}}}), SshfpVerdict::silent);
}

class SshfpJudgement : public testing::Test {
protected:
    SshfpRecord record(const std::string& name, HashKind hash) { return *sshfp_record(test::public_key_named(name), hash); }
    SshfpVerdict judge(std::vector<SshfpRecord> records) { return judge_by_sshfp(key_, records); }

    PublicKey key_ = test::public_key_named("ed25519");
    SshfpRecord sha1_ = record("ed25519", HashKind::sha1);
    SshfpRecord sha256_ = record("ed25519", HashKind::sha256);
};

TEST_F(SshfpJudgement, ConfirmsItsKeyAlone)
{
    EXPECT_EQ(judge({sha256_}), SshfpVerdict::confirms);
    EXPECT_EQ(judge({sha1_, sha256_}), SshfpVerdict::confirms);
    EXPECT_EQ(judge({record("rsa", HashKind::sha256)}), SshfpVerdict::silent);
    auto cut = sha256_;
    cut.fingerprint.pop_back();
    EXPECT_EQ(judge({cut}), SshfpVerdict::contradicts);
    EXPECT_EQ(judge({}), SshfpVerdict::silent);
    EXPECT_EQ(judge({{4, 3, {}}}), SshfpVerdict::silent);
}

TEST_F(SshfpJudgement, LetsNoHashOutweighTheOther)
{
    auto bad = sha1_;
    bad.fingerprint[0] ^= 1;
    EXPECT_EQ(judge({bad, sha256_}), SshfpVerdict::contradicts);
    EXPECT_EQ(judge({sha256_, bad}), SshfpVerdict::contradicts);
}

TEST_F(SshfpJudgement, AllowsAnotherKeyOfTheSameAlgorithmBeside)
{
    auto other = sha256_;
    other.fingerprint[0] ^= 1;
    EXPECT_EQ(judge({other, sha256_, sha1_}), SshfpVerdict::confirms);
}

} // namespace nacre
