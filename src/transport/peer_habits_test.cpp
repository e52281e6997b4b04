#include "transport/peer_habits.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(PeerHabits, TellWhoMayBeToldThatNoMoreSessionsFollow)
{
    for (auto version : {"SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-2.0-OpenSSH_for_Windows_9.5", "SSH-2.0-Nacre_0.1"})
        EXPECT_TRUE(find_peer_habits(version)->knows_no_more_sessions) << version;
    EXPECT_FALSE(find_peer_habits("SSH-2.0-dropbear_2022.83")->knows_no_more_sessions);
    EXPECT_EQ(find_peer_habits("SSH-2.0-Cisco-1.25"), nullptr);
}

TEST(PeerHabits, TellWhoNamesThePortThatWasAskedFor)
{
    EXPECT_TRUE(find_peer_habits("SSH-2.0-OpenSSH_5.3")->names_asked_port);
    EXPECT_TRUE(find_peer_habits("SSH-2.0-OpenSSH_5.3")->takes_early_channels);
    EXPECT_FALSE(find_peer_habits("SSH-2.0-OpenSSH_6.7p1")->names_asked_port);
}

} // namespace
} // namespace nacre
