#include "server/watched_files.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "os/safe_file.h"

namespace nacre {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;

class WatchedFilesTest : public testing::Test {
protected:
    void SetUp() override
    {
        auto made = make_temporary_directory("/tmp/nacre-watched-files.");
        ASSERT_TRUE(made);
        folder = *made;
        file = folder + "/file";
        write(file, "passwd: files\n");
    }
    void TearDown() override
    {
        std::error_code ignored;
        if (!folder.empty())
            files::remove_all(folder, ignored);
    }
    static void write(const std::string& path, const char* text) { std::ofstream{path} << text; }

    std::string folder, file;
    TimePoint now{};
};

TEST_F(WatchedFilesTest, TellsOnceOfEachChange)
{
    WatchedFiles watched{{folder + "/gone", file}};
    auto changed = [&] { return watched.changed(now += WatchedFiles::rest_after_change); };
    EXPECT_EQ(changed(), std::nullopt);
    files::last_write_time(file, files::last_write_time(file) + 1h);
    EXPECT_EQ(changed(), file);
    EXPECT_EQ(changed(), std::nullopt);
    auto when = files::last_write_time(file);
    write(folder + "/new", "passwd: sssd!\n");
    files::rename(folder + "/new", file);                         // as packages do it
    files::last_write_time(file, when);
    EXPECT_EQ(changed(), file) << "another file under the name";
    files::remove(file);
    EXPECT_EQ(changed(), file);
    write(folder + "/gone", "");
    EXPECT_EQ(changed(), folder + "/gone");
    EXPECT_EQ(changed(), std::nullopt);
}

TEST_F(WatchedFilesTest, LooksOnceASecond)
{
    WatchedFiles watched{{file}};
    EXPECT_EQ(watched.changed(now += 1s), std::nullopt);
    files::remove(file);
    EXPECT_EQ(watched.changed(now + 999ms), std::nullopt);
    EXPECT_EQ(watched.changed(now + 1s), file);
    write(file, "passwd: sss\n");
    EXPECT_EQ(watched.changed(now + 1s + WatchedFiles::rest_after_change - 1ms), std::nullopt) << "what never keeps still";
    EXPECT_EQ(watched.changed(now + 1s + WatchedFiles::rest_after_change), file);
}

} // namespace
} // namespace nacre
