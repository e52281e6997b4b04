#include "tools/sftp/lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "os/safe_file.h"

namespace nacre::sftp_tool {
namespace {

class BatchFile : public testing::Test {
protected:
    BatchFile()
    {
        if (auto made = make_temporary_directory("/tmp/nacre-lines-"))
            folder_ = *made;
    }
    ~BatchFile() override
    {
        ::unlink(path().c_str());
        ::rmdir(folder_.c_str());
    }

    std::string path() const { return folder_ + "/batch"; }
    std::unique_ptr<Lines> with(const std::string& text)
    {
        EXPECT_TRUE(replace_file(path(), as_bytes(text), 0600));
        auto lines = lines_of_file(path());
        EXPECT_TRUE(lines);
        return std::move(*lines);
    }

private:
    std::string folder_;
};

TEST_F(BatchFile, IsReadLineByLineAlsoWithoutANewlineAtTheEnd)
{
    auto lines = with("one\n\ntwo");
    EXPECT_EQ(*lines->next(), std::optional<std::string>{"one"});
    EXPECT_EQ(*lines->next(), std::optional<std::string>{""});
    EXPECT_EQ(*lines->next(), std::optional<std::string>{"two"});
    EXPECT_EQ(*lines->next(), std::optional<std::string>{});
}

TEST_F(BatchFile, MayHaveLinesUpToTheLongestAndNoneIsCutIntoTwo)
{
    auto whole = std::string(longest_line, 'x');
    auto lines = with("a\n" + whole + "\n" + whole + "y\nrm z\n");
    EXPECT_EQ(*lines->next(), std::optional<std::string>{"a"});
    EXPECT_EQ(*lines->next(), std::optional{whole});
    auto longer = lines->next();
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().what, path() + ": a line is longer than 1048576 bytes");
}

} // namespace
} // namespace nacre::sftp_tool
