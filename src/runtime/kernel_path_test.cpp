#include "runtime/kernel_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "runtime/local_site.h"

namespace nacre {
namespace {

class KernelPathTest : public ::testing::Test {
protected:
    KernelPathTest()
    {
        text_.resize(600'000);
        for (std::size_t i = 0; i < text_.size(); ++i)
            text_[i] = static_cast<char>('a' + i / 1000 % 26);
        EXPECT_TRUE(write_all(file(), as_bytes(text_)));
        (void)::fcntl(pipe_.writer.number(), F_SETPIPE_SZ, 1 << 20);
        (void)set_blocking(pipe_.reader.number(), Blocking::no);
    }

    int file() const { return ::fileno(file_.get()); }
    // What has come out so far.
    std::string arrived()
    {
        std::string all(text_.size() + 1, '\0');
        auto io = read_some(pipe_.reader.number(), {reinterpret_cast<std::uint8_t*>(all.data()), all.size()});
        all.resize(io && !io->would_block ? io->bytes : 0);
        return all;
    }

    std::string text_;
    std::unique_ptr<std::FILE, decltype(&std::fclose)> file_{std::tmpfile(), &std::fclose};
    Pipe pipe_ = make_pipe().value();
    KernelPath path_{pipe_.writer.number()};
};

TEST_F(KernelPathTest, PassesOnInTheOrderOfTaking)
{
    EXPECT_EQ(path_.take(file(), 500'000, 200'000), 100'000);
    EXPECT_EQ(path_.take(file(), 10, 50'000), 50'000);
    EXPECT_EQ(path_.taken(), 150'000);
    EXPECT_EQ(path_.pass_on(99'999)->bytes, 99'999);
    EXPECT_EQ(path_.pass_on(1'000'000)->bytes, 50'001);
    EXPECT_EQ(path_.taken(), 0);
    EXPECT_EQ(arrived(), text_.substr(500'000) + text_.substr(10, 50'000));
}

TEST_F(KernelPathTest, AtTheEndOfAFileThereIsNothingAndItTakesNoRoom)
{
    for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(path_.take(file(), 600'000, 20'000), 0);
    EXPECT_EQ(path_.take(file(), 0, 20'000), 20'000);
}

TEST_F(KernelPathTest, TakesNoMoreThanThereIsRoomFor)
{
    std::size_t taken = 0;
    while (auto count = path_.take(file(), 1, 250'000))
        taken += *count;
    EXPECT_GE(taken, 750'000U);
    EXPECT_EQ(path_.taken(), taken);
    while (path_.taken() > 0) {
        EXPECT_GT(path_.pass_on(path_.taken())->bytes, 0U);
        arrived();
    }
    EXPECT_EQ(path_.take(file(), 1, 250'000), 250'000);
}

// However large a page is: a pipe has room for a number of them, full or not.
TEST_F(KernelPathTest, TakesNoMoreSmallBlocksThanThereArePagesFor)
{
    std::size_t taken = 0;
    while (auto count = path_.take(file(), 1, 20'000))
        taken += *count;
    EXPECT_GE(taken, 300'000U);
    EXPECT_EQ(path_.taken(), taken);
}

TEST_F(KernelPathTest, WaitsForWhoeverReads)
{
    (void)::fcntl(pipe_.writer.number(), F_SETPIPE_SZ, 4096);
    EXPECT_EQ(path_.take(file(), 0, 100'000), 100'000);
    EXPECT_LT(path_.pass_on(100'000)->bytes, 100'000U);
    EXPECT_TRUE(path_.pass_on(100'000)->would_block);
    std::string all;
    for (;;) {
        auto piece = arrived();
        all += piece;
        if (path_.taken() == 0 && piece.empty())
            break;
        if (path_.taken() > 0) {
            EXPECT_TRUE(path_.pass_on(path_.taken()));
        }
    }
    EXPECT_EQ(all, text_.substr(0, 100'000));
}

TEST_F(KernelPathTest, WhatTheKernelCannotPassOnMustBeRead)
{
    Fd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    KernelPath nowhere{null.number()};
    EXPECT_FALSE(nowhere.is_open());
    EXPECT_EQ(nowhere.take(file(), 0, 50'000), std::nullopt);
    EXPECT_EQ(path_.take(-1, 0, 50'000), std::nullopt);
    EXPECT_EQ(path_.taken(), 0);
}

TEST_F(KernelPathTest, LargeBlocksOfACopyGoThatWay)
{
    LocalSite site;
    auto name = "/proc/self/fd/" + std::to_string(file());
    auto handle = site.open_to_read({}, name)->handle;
    sftp::Ticket large{.step = sftp::Step::read, .length = 65'536, .offset = 1};
    EXPECT_EQ(site.read(large, handle)->data.size(), 65'536);
    site.read_into(&path_);
    EXPECT_EQ(site.read(large, handle)->in_kernel, 65'536);
    auto sample = large;
    sample.step = sftp::Step::sample;                             // who compares must see
    EXPECT_EQ(site.read(sample, handle)->data.size(), 65'536);
    auto small = large;
    small.length = 100;
    EXPECT_EQ(site.read(small, handle)->data.size(), 100);
    auto beyond = large;
    beyond.offset = 600'000;
    EXPECT_EQ(site.read(beyond, handle)->outcome, sftp::Outcome::end);
}

} // namespace
} // namespace nacre
