#include "server/empty_directory.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "os/privileges.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

namespace files = std::filesystem;

class EmptyDirectory : public testing::Test {
protected:
    void SetUp() override
    {
        if (!is_root())
            GTEST_SKIP() << "needs root";
        auto made = make_temporary_directory("/tmp/nacre-empty-directory.");
        ASSERT_TRUE(made);
        folder = *made;
        first = folder + "/first";
        second = folder + "/second";
    }
    void TearDown() override
    {
        std::error_code ignored;
        if (!folder.empty())
            files::remove_all(folder, ignored);
    }
    Result<std::string> chosen(const std::string& pid_file = "none", Missing missing = Missing::make)
    {
        return choose_empty_directory(std::array{first.c_str(), second.c_str()}, pid_file, missing);
    }

    std::string folder, first, second;
};

TEST_F(EmptyDirectory, IsTheFirstThatIsEmptyAndIsMade)
{
    EXPECT_EQ(chosen().value_or(""), first);
    EXPECT_TRUE(files::is_directory(first));
    std::ofstream{first + "/second.pid"} << "1\n";
    EXPECT_EQ(chosen().value_or(""), second);
    std::ofstream{second + "/file"} << "\n";
    auto none = chosen();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().what, "Missing privilege separation directory: " + first + " must be empty");
}

TEST_F(EmptyDirectory, IsNotMadeWhereSomebodyOnlyChecks)
{
    EXPECT_EQ(chosen("none", Missing::leave).value_or(""), first);
    EXPECT_FALSE(files::exists(first));
    files::create_symlink(folder + "/nowhere", first);
    EXPECT_EQ(chosen("none", Missing::leave).value_or(""), second);
    EXPECT_FALSE(files::exists(second));
}

TEST_F(EmptyDirectory, IsNotWhereThePidFileWillLie)
{
    EXPECT_EQ(chosen(first + "/sshd.pid").value_or(""), second);
    files::create_directory_symlink(first, folder + "/link");
    EXPECT_EQ(chosen(folder + "/link/sshd.pid").value_or(""), second);
    EXPECT_EQ(chosen(folder + "/sshd.pid").value_or(""), first);
    EXPECT_EQ(chosen(first + ".pid").value_or(""), first);
}

TEST_F(EmptyDirectory, IsNobodyElses)
{
    ASSERT_TRUE(chosen());
    files::permissions(first, files::perms::all);
    EXPECT_EQ(chosen().value_or(""), second);
}

} // namespace
} // namespace nacre
