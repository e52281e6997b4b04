// Files of known hosts that cannot be read: a host of which they may speak is no new one without a word.
#include "client/known_hosts_files.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "keys/key_file.h"
#include "support/fake_config_sources.h"
#include "support/in_child.h"
#include "support/refuse_call.h"

namespace nacre {
namespace {

class SaidLog final : public Log {
public:
    bool wants(LogLevel level) const override { return level <= LogLevel::info; }
    void write(LogLevel, std::string_view line) override { text.append(line) += "\n"; }
    std::string text;
};

class UnreadKnownHosts : public ::testing::Test {
protected:
    UnreadKnownHosts() { std::filesystem::create_directory(folder_); }
    ~UnreadKnownHosts() override { std::filesystem::remove_all(folder_); }

    Result<KnownHostsFiles> read(std::vector<std::string> users, std::vector<std::string> global = {"none"})
    {
        ClientOptions options;
        options.user_known_hosts_file = std::move(users);
        options.global_known_hosts_file = std::move(global);
        ClientSituation situation;
        situation.host = "host";
        Configuration configuration{sources_, situation, with_defaults(std::move(options), situation), Provenance{}};
        return KnownHostsFiles::read(configuration, log_);
    }

    std::string folder_ =
        (std::filesystem::temp_directory_path() / ("nacre-unread-" + std::to_string(::getpid()))).string();
    test::FakeConfigSources sources_;
    SaidLog log_;
};

TEST_F(UnreadKnownHosts, WhyTheirFolderCannotBeMadeIsTold)
{
    auto end = test::in_child([&] {
#ifdef SYS_mkdir
        if (!test::refuse_call(SYS_mkdir, EROFS))
            return 1;
#endif
        if (!test::refuse_call(SYS_mkdirat, EROFS))
            return 1;
        auto files = read({folder_ + "/.ssh/known_hosts"});
        auto key = parse_public_key(as_bytes(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICtlyCM2KiQkTPWlyMH2CXzIJvmCWAGfaznkzYzBUNj"));
        if (!files || !key)
            return 2;
        auto added = files->add("host", key->key, false);
        return !added && added.error().what == folder_ + "/.ssh: Read-only file system" ? 0 : 3;
    });
    EXPECT_EQ(end, 0);
}

TEST_F(UnreadKnownHosts, MissingFilesAreFine)
{
    std::ofstream{folder_ + "/file"} << "\n";
    auto files = read({folder_ + "/none", folder_ + "/file/below", "/dev/null"}, {folder_ + "/no/folder"});
    ASSERT_TRUE(files) << files.error().what;
    EXPECT_TRUE(files->unread().empty());
    EXPECT_EQ(log_.text, "");
}

// A folder; and the memory of a process, whose first page gives an I/O error.
TEST_F(UnreadKnownHosts, WhatIsThereAndCannotBeReadIsNamed)
{
    std::vector<std::string> unread{folder_, "/proc/self/mem"};
    auto files = read({folder_, folder_ + "/none"}, {"/proc/self/mem"});
    ASSERT_TRUE(files) << files.error().what;
    EXPECT_EQ(files->unread(), unread);
    EXPECT_NE(log_.text.find(folder_ + ": read: Is a directory"), std::string::npos) << log_.text;
    EXPECT_NE(log_.text.find("/proc/self/mem: read: Input/output error"), std::string::npos) << log_.text;
}

TEST_F(UnreadKnownHosts, AFileBeyondTheBoundIsAnError)
{
    auto path = folder_ + "/long";
    std::ofstream{path} << "\n";
    std::filesystem::resize_file(path, known_hosts_limit + 1);
    for (bool users : {true, false}) {
        auto files = users ? read({path}) : read({"none"}, {path});
        ASSERT_FALSE(files);
        EXPECT_NE(files.error().what.find(path + ": "), std::string::npos) << files.error().what;
    }
    std::filesystem::resize_file(path, known_hosts_limit);
    EXPECT_TRUE(read({path}));
}

} // namespace
} // namespace nacre
