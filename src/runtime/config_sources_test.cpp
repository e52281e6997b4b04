#include "runtime/config_sources.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace nacre {
namespace {

namespace fs = std::filesystem;

class ConfigSourcesTest : public testing::Test {
protected:
    ConfigSourcesTest() { fs::create_directory(directory_); }
    ~ConfigSourcesTest() override { fs::remove_all(directory_); }

    std::string write(const std::string& name, const std::string& text)
    {
        auto path = directory_ / name;
        std::ofstream{path} << text;
        return path.string();
    }

    fs::path directory_ = fs::temp_directory_path() / ("nacre-config-" + std::to_string(std::rand()));
    SystemConfigSources sources_;
};

TEST_F(ConfigSourcesTest, ReadsAFileWithItsOwnerAndMode)
{
    auto path = write("config", "Port 22\n");
    fs::permissions(path, fs::perms{0640});
    auto file = sources_.read(path);
    ASSERT_TRUE(file && *file);
    EXPECT_EQ((*file)->text, "Port 22\n");
    EXPECT_EQ((*file)->mode, 0640u);
    EXPECT_EQ((*file)->owner, sources_.own_uid());
}

TEST_F(ConfigSourcesTest, AMissingFileIsNoErrorAndADirectoryIs)
{
    auto missing = sources_.read((directory_ / "missing").string());
    ASSERT_TRUE(missing);
    EXPECT_FALSE(*missing);
    auto directory = sources_.read(directory_.string());
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().kind, ErrorKind::system) << "the file is not at fault";
    EXPECT_EQ(directory.error().os_error, EISDIR);
}

TEST_F(ConfigSourcesTest, GlobsInOrder)
{
    auto b = write("b.conf", ""), a = write("a.conf", "");
    write("c.txt", "");
    EXPECT_EQ(sources_.glob((directory_ / "*.conf").string()), (std::vector{a, b}));
    EXPECT_TRUE(sources_.glob((directory_ / "*.none").string()).empty());
}

TEST_F(ConfigSourcesTest, RunsCommandsAndTellsTheirVerdict)
{
    EXPECT_TRUE(sources_.run("exit 0").value());
    EXPECT_FALSE(sources_.run("exit 3").value());
    EXPECT_FALSE(sources_.run("read line").value());              // standard input is empty
}

TEST_F(ConfigSourcesTest, KnowsHomesAndTheLoopback)
{
    EXPECT_EQ(sources_.home_of("root"), "/root");
    EXPECT_TRUE(sources_.home_of(""));
    EXPECT_FALSE(sources_.home_of("no such user"));
    EXPECT_EQ(sources_.directory(), fs::current_path().string());
    EXPECT_FALSE(sources_.interface_addresses().empty());
}

} // namespace
} // namespace nacre
