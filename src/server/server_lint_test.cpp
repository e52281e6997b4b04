#include "server/server_lint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/lint/rules.h"
#include "os/safe_file.h"
#include "runtime/config_sources.h"

namespace nacre {
namespace {

namespace files = std::filesystem;

class ServerLint : public testing::Test {
protected:
    void SetUp() override
    {
        auto made = make_temporary_directory("/tmp/nacre-server-lint.");
        ASSERT_TRUE(made);
        folder = *made;
        key = folder + "/key";
        config = folder + "/config";
        files::copy_file(files::path{NACRE_SOURCE_DIR} / "tests/keys/ed25519", key);
        let_see(key, files::perms::owner_read);
    }
    void TearDown() override
    {
        std::error_code ignored;
        if (!folder.empty())
            files::remove_all(folder, ignored);
    }
    static void let_see(const std::string& path, files::perms whom)
    {
        files::permissions(path, whom, files::perm_options::replace);
    }
    // "line rule", or "rule" of the whole file.
    std::vector<std::string> found(const std::string& text, std::vector<std::string> options = {})
    {
        std::ofstream{config} << text;
        SystemConfigSources sources;
        ServerArguments arguments;
        arguments.config_file = config;
        arguments.options = std::move(options);
        std::vector<std::string> lines;
        auto findings = lint_server_configuration(sources, arguments);
        for (auto& each : findings.all()) {
            said += each.what + "\n";
            lines.push_back(each.where.line == 0 ? std::string{each.rule->name}
                                                 : fmt::format("{} {}", each.where.line, each.rule->name));
        }
        return lines;
    }
    using Lines = std::vector<std::string>;

    std::string folder, key, config, said;
};

TEST_F(ServerLint, FindsNothingWhereNothingIsWrong)
{
    EXPECT_EQ(found(fmt::format("HostKey {}\nListenAddress 127.0.0.1\nListenAddress [::1]:99\n", key)), Lines{}) << said;
}

TEST_F(ServerLint, NamesTheLineOfAnAddressThatDoesNotExist)
{
    auto text = fmt::format("HostKey {}\nListenAddress 127.0.0.1\nListenAddress nowhere.invalid:22\n", key);
    EXPECT_EQ(found(text), Lines{"3 bad-value"}) << said;
    EXPECT_EQ(found(text + "AddressFamily inet6\n"), (Lines{"2 bad-value", "3 bad-value"})) << said;
    EXPECT_TRUE(said.contains("nowhere.invalid")) << said;
}

TEST_F(ServerLint, JudgesHostKeysAsTheServerDoes)
{
    let_see(key, files::perms::owner_read | files::perms::others_read);
    EXPECT_EQ(found(fmt::format("LogLevel INFO\nHostKey {}\n", key)), (Lines{"2 refused", "2 unusable-host-key"})) << said;
    EXPECT_TRUE(said.contains("permissions 0404 are too open")) << said;
    auto second = folder + "/second";
    files::copy_file(files::path{NACRE_SOURCE_DIR} / "tests/keys/ecdsa256", second);
    let_see(second, files::perms::owner_read);
    EXPECT_EQ(found(fmt::format("HostKey {}\nHostKey {}\nHostCertificate {}\n", second, key, config)),
              (Lines{"2 unusable-host-key", "3 unusable-host-key"})) << said;
    EXPECT_EQ(found(fmt::format("HostKey {}/gone\n", folder)), (Lines{"1 missing-file", "1 refused"})) << said;
}

TEST_F(ServerLint, DoesNotOverlookOptionsOfTheCommandLine)
{
    auto text = fmt::format("HostKey {}\n", key);
    EXPECT_EQ(found(text, {"Prot=22"}), Lines{"refused"}) << said;
    EXPECT_TRUE(said.contains("Prot")) << said;
    EXPECT_EQ(found(text, {"ListenAddress=nowhere.invalid"}), Lines{"1 bad-value"}) << said;
}

} // namespace
} // namespace nacre
