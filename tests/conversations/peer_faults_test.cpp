// Conversations with those whose version line names software with faults (transport/peer_faults.h).
#include <gtest/gtest.h>

#include "keys/key_file.h"
#include "pair.h"
#include "support/key_files.h"

namespace nacre::test {
namespace {

constexpr std::string_view all_of_rsa = "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-512,"
                                        "rsa-sha2-256,ssh-rsa-cert-v01@openssh.com,ssh-rsa";
constexpr std::string_view sha2_of_rsa = "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-512,"
                                         "rsa-sha2-256";

// What the RSA key of tests/keys, or its certificate, signs under; empty: it was not offered.
class RsaLogin {
public:
    RsaLogin() : key_(std::move(parse_private_key(as_bytes(read_key_file("rsa")), "")->key)) {}

    std::string signs_with(std::string_view server, std::string_view announced, std::string_view allowed, bool certificate)
    {
        PairOptions options;
        options.user_key = &key_;
        if (certificate)
            options.user_certificate = to_vector(PublicKey::from_line(read_key_file("rsa.user"))->blob());
        options.server_version = server;
        options.server_sig_algs = options.users_sig_algs = announced;
        options.pubkey_algorithms = allowed;
        Pair pair{1, options};
        pair.run_until_idle();
        EXPECT_EQ(pair.logged_in(), !pair.signed_by.empty());
        return pair.signed_by;
    }

private:
    PrivateKey key_;
};

TEST(RsaKeys, SignBySha2ForServersThatKeepQuietAboutIt)
{
    RsaLogin login;
    constexpr std::string_view announced = "ssh-ed25519,ssh-rsa,ssh-dss,ecdsa-sha2-nistp256";
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_7.4", announced, sha2_of_rsa, false), "rsa-sha2-512");
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_7.4", announced, all_of_rsa, false), "rsa-sha2-512");
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_7.5", announced, sha2_of_rsa, false), "");
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_7.5", announced, all_of_rsa, false), "ssh-rsa");
}

TEST(RsaCertificates, SignUnderTheOneNameThatAnOldServerKnows)
{
    RsaLogin login;
    constexpr std::string_view announced = "ssh-ed25519,ssh-rsa,rsa-sha2-256,rsa-sha2-512";
    for (auto server : {"SSH-2.0-OpenSSH_7.4", "SSH-2.0-OpenSSH_7.6"}) {
        EXPECT_EQ(login.signs_with(server, announced, all_of_rsa, true), "ssh-rsa-cert-v01@openssh.com") << server;
        EXPECT_EQ(login.signs_with(server, announced, sha2_of_rsa, true), "") << server;
    }
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_6.6.1", "", all_of_rsa, true), "ssh-rsa-cert-v01@openssh.com");
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_6.6.1", "", sha2_of_rsa, true), "");
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_7.8", announced, all_of_rsa, true), "rsa-sha2-512-cert-v01@openssh.com");
    EXPECT_EQ(login.signs_with("SSH-2.0-OpenSSH_7.6", announced, all_of_rsa, false), "rsa-sha2-512");
}

// One secret of 256 begins with a zero.  Who takes the peer for one that keeps it fails with one that does not; where both
// do so, it works.
TEST(OldCurve25519, CountsZerosThatTheNewerOneDrops)
{
    PairOptions options;
    options.client_proposal.kex_methods = options.server_proposal.kex_methods = "curve25519-sha256@libssh.org";
    options.server_version = "SSH-2.0-OpenSSH_6.6";
    std::uint64_t seed = 0;
    for (; seed < 4000; ++seed) {
        Pair pair{seed, options};
        pair.one_round_trip();
        pair.one_round_trip();
        if (pair.client_error)
            break;
    }
    ASSERT_LT(seed, 4000u);
    options.client_version = options.server_version;
    Pair pair{seed, options};
    pair.one_round_trip();
    pair.one_round_trip();
    pair.run_until_idle();
    EXPECT_TRUE(pair.logged_in()) << (pair.client_error ? pair.client_error->what : "");
}

} // namespace
} // namespace nacre::test
