#include "server/host_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "os/safe_file.h"

namespace nacre {
namespace {

namespace files = std::filesystem;

TEST(HostRules, AreNeitherBlankNorComments)
{
    for (auto* text : {"", "\n", "# sshd: ALL\n", "#\n#sshd: ALL\n\n \t\r\n", "# the last line has no end"})
        EXPECT_FALSE(has_host_rules(text)) << text;
    for (auto* text : {"sshd: ALL\n", "ALL: PARANOID", "# all of them\n\nALL: ALL\n", " sshd: 192.0.2.1\n", "nonsense\n"})
        EXPECT_TRUE(has_host_rules(text)) << text;
}

TEST(HostRules, ABackslashJoinsLines)
{
    for (auto* text : {"# sshd: ALL \\\n EXCEPT 192.0.2.1\n", "\\\n# sshd: ALL\n", " \\\n\n", "\\",
                       "# one \\\n# two \\\nsshd: ALL\n"})
        EXPECT_FALSE(has_host_rules(text)) << text;
    for (auto* text : {"\\\nsshd: ALL\n", "sshd: \\\nALL\n", "# one\nsshd: ALL \\\n", "# one \\\r\nsshd: ALL\n",
                       "# one \\ \nsshd: ALL\n", " \\\n# no comment, since a blank is in front of it\n"})
        EXPECT_TRUE(has_host_rules(text)) << text;
}

TEST(HostRules, ACommentOfWhichLibwrapTakesTheEndForARuleIsNone)
{
    EXPECT_TRUE(has_host_rules("#" + std::string(2046, ' ') + "sshd: ALL\n"));
}

TEST(HostRules, AFileThatIsNotThereHasNone)
{
    auto folder = make_temporary_directory("/tmp/nacre-host-rules.");
    ASSERT_TRUE(folder);
    std::array paths{*folder + "/hosts.allow", *folder + "/hosts.deny"};
    EXPECT_FALSE(files_have_host_rules(paths));
    std::ofstream{paths[0]} << "# nothing\n";
    EXPECT_FALSE(files_have_host_rules(paths));
    std::ofstream{paths[1]} << "sshd: ALL\n";
    EXPECT_TRUE(files_have_host_rules(paths));
    files::remove(paths[1]);
    files::create_directory(paths[1]);                            // it cannot be read: not for us to judge
    EXPECT_TRUE(files_have_host_rules(paths));
    files::remove_all(*folder);
}

} // namespace
} // namespace nacre
