#include "transport/peer_faults.h"

#include <gtest/gtest.h>

#include <string>

namespace nacre {
namespace {

bool has(const char* software, PeerFault fault) { return has_fault("SSH-2.0-" + std::string{software}, fault); }

TEST(PeerFaults, AreThoseOfTheVersionsThatHaveThem)
{
    using enum PeerFault;
    EXPECT_TRUE(has("OpenSSH_7.4", leaves_out_rsa_sha2));
    EXPECT_TRUE(has("OpenSSH_7.4p1 Debian-10+deb9u7", leaves_out_rsa_sha2));
    EXPECT_FALSE(has("OpenSSH_7.5", leaves_out_rsa_sha2));

    for (const auto* old : {"OpenSSH_5.3", "OpenSSH_6.7p1 Debian-5", "OpenSSH_7.2p2 Ubuntu-4", "OpenSSH_7.7"})
        EXPECT_TRUE(has(old, knows_one_rsa_certificate)) << old;
    for (const auto* newer : {"OpenSSH_7.8", "OpenSSH_7.9p1", "OpenSSH_8.0", "OpenSSH_10.0", "Nacre_0.1 OpenSSH_7.4"})
        EXPECT_FALSE(has(newer, knows_one_rsa_certificate)) << newer;

    EXPECT_TRUE(has("Cisco-1.25", chokes_on_large_groups));
    EXPECT_FALSE(has("Cisco-2.0", chokes_on_large_groups));

    for (const auto* old : {"OpenSSH_6.5", "OpenSSH_6.6", "OpenSSH_6.6p1 Ubuntu-2ubuntu1"})
        EXPECT_TRUE(has(old, keeps_zeros_of_curve25519)) << old;
    for (const auto* other : {"OpenSSH_6.4", "OpenSSH_6.6.1", "OpenSSH_6.6.1p1 Ubuntu-2ubuntu2", "OpenSSH_6.7p1", ""})
        EXPECT_FALSE(has(other, keeps_zeros_of_curve25519)) << other;
}

} // namespace
} // namespace nacre
