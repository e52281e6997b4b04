#include "server/client_habits.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(ClientHabits, WhoFollowsTheDraftNamesLinksFirst)
{
    for (const auto* line : {"SSH-2.0-AsyncSSH_2.10.1", "SSH-2.0-libssh_0.10.5", "SSH-2.0-WinSCP_release_5.21.5"}) {
        EXPECT_TRUE(names_link_first(line, "none")) << line;
        EXPECT_EQ(names_link_first(line, "like OpenSSH_9.2"), std::string_view{line}.contains("WinSCP")) << line;
        EXPECT_EQ(names_link_first(line, "OpenSSH-like"), !std::string_view{line}.contains("AsyncSSH")) << line;
    }
    for (const auto* line : {"SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-libssh2_1.10.0", "SSH-2.0-Nacre_0.1 libssh_0.1", "", "AsyncSSH_2"})
        EXPECT_FALSE(names_link_first(line, {})) << line;
}

TEST(ClientHabits, WhoChokesOnHostKeysHearsOfNone)
{
    for (const auto* line : {"SSH-2.0-Cisco-1.25", "SSH-2.0-TTSSH/1.5.4 Win32", "SSH-2.0-TTSSH/2.14 Win32",
                             "SSH-2.0-TTSSH/2.72 Win32", "SSH-2.0-TeraTerm SSH 2.0"})
        EXPECT_FALSE(may_hear_of_host_keys(line)) << line;
    for (const auto* line : {"SSH-2.0-Cisco-2.0", "SSH-2.0-TTSSH/2.73 Win32", "SSH-2.0-TTSSH/2.91 Win32",
                             "SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-Nacre_0.1 TTSSH/2.1", ""})
        EXPECT_TRUE(may_hear_of_host_keys(line)) << line;
}

TEST(ClientHabits, OldClientsOfOpenSshNameThePortThatTheyAskedFor)
{
    EXPECT_TRUE(names_asked_port("SSH-2.0-OpenSSH_5.3"));
    EXPECT_TRUE(names_asked_port("SSH-2.0-OpenSSH_5.9p1 Debian-5ubuntu1"));
    for (const auto* line : {"SSH-2.0-OpenSSH_6.0p1", "SSH-2.0-OpenSSH_50.1", "SSH-2.0-Nacre_0.1 OpenSSH_5.3", ""})
        EXPECT_FALSE(names_asked_port(line)) << line;
}

TEST(ClientHabits, DropbearsClientWantsANudge)
{
    EXPECT_TRUE(needs_a_nudge("SSH-2.0-dropbear_2022.83"));
    EXPECT_FALSE(needs_a_nudge("SSH-2.0-OpenSSH_9.2p1"));
}

} // namespace
} // namespace nacre
