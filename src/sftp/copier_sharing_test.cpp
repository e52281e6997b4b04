#include <gtest/gtest.h>

#include "sftp/copier.h"
#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::pattern;
using test::Talk;

// One turn of whoever drives an upload.
void turn(Talk& talk, Copier& copier)
{
    copier.advance(talk.now);
    talk.exchange([&](auto& arrived) { copier.sink_answered(arrived.ticket, arrived.answer, talk.now); });
}

// The large file, once it is under way.
Copier::SharedFile shared_file(Talk& talk, Copier& copier)
{
    std::optional<Copier::SharedFile> file;
    while (!file) {
        turn(talk, copier);
        file = copier.share(4 << 20);
    }
    return *file;
}

// Until it stands still at its bound.
void run_to(Talk& talk, Copier& copier, std::uint32_t job, std::uint64_t bound)
{
    while (!copier.shared(job)->is_quiet || copier.shared(job)->asked < bound)
        turn(talk, copier);
}

// As tools/copy/lanes does: what lies behind a bound comes by another way.
TEST(Copier, OthersBringPartsOfALargeFile)
{
    Talk talk;
    talk.here.add_file("f", pattern(8 << 20), 0644, {7, 8});
    auto content = talk.here.files["f"].content;
    Copier copier{talk.here, talk.client, {.preserve = true}};
    copier.add("f", "f");
    EXPECT_FALSE(copier.has_large_file(1));
    std::optional<Copier::SharedFile> file;
    for (int i = 0; i < 10 && !file; ++i) {
        turn(talk, copier);
        EXPECT_FALSE(copier.share(9 << 20));
        file = copier.share(0);
    }
    ASSERT_TRUE(file);
    EXPECT_EQ(file->to, "f");
    EXPECT_FALSE(copier.share(0));                                // told once
    auto first = std::max<std::uint64_t>(file->asked, 1 << 20);
    copier.go_on(file->job, file->asked, first);
    for (int i = 0; i < 20; ++i)
        turn(talk, copier);
    ASSERT_TRUE(copier.shared(file->job));
    EXPECT_TRUE(copier.shared(file->job)->is_quiet);
    auto& stored = talk.server.disk.files["f"].content;
    EXPECT_EQ(stored, content.substr(0, first));                  // waits at the bound
    EXPECT_FALSE(copier.finished());
    if (first < content.size()) {
        stored += content.substr(first);                          // the other way
        copier.go_on(file->job, content.size(), content.size());
    }
    auto news = talk.run(copier, false);
    EXPECT_TRUE(failures(news).empty());
    ASSERT_FALSE(news.empty());
    EXPECT_EQ(news.back().kind, CopyNews::Kind::finished);
    EXPECT_EQ(news.back().size, content.size());
    EXPECT_EQ(stored, content);
    EXPECT_EQ(talk.server.disk.files["f"].times, (Times{7, 8}));
    EXPECT_EQ(copier.totals().bytes_done, content.size());
    EXPECT_EQ(talk.server.disk.opened, 0u);
    EXPECT_FALSE(copier.shared(file->job));
}

TEST(Copier, TakesBackWhatOthersDidNotBring)
{
    Talk talk;
    talk.here.add_file("f", pattern(8 << 20));
    talk.here.site_limits.read_size = talk.server.disk.site_limits.write_size = 65536;
    auto content = talk.here.files["f"].content;
    Copier copier{talk.here, talk.client, {.atomic = true, .block_size = 32768, .requests = 8}};
    copier.add("f", "f");
    auto file = shared_file(talk, copier);
    EXPECT_EQ(file.to, ".f.part");
    copier.go_on(file.job, file.asked, 2 << 20);
    run_to(talk, copier, file.job, 2 << 20);
    auto& part = talk.server.disk.files[".f.part"].content;
    EXPECT_EQ(part, content.substr(0, 2 << 20));
    part += content.substr(2 << 20, 1 << 20);                     // a part came, and nothing else will
    copier.go_on(file.job, 3 << 20, content.size());
    EXPECT_EQ(failures(talk.run(copier, false)), std::vector<std::string>{});
    EXPECT_EQ(talk.server.disk.files["f"].content, content);
    EXPECT_FALSE(talk.server.disk.files.contains(".f.part"));
}

TEST(Copier, StoppingInFrontOfABoundKeepsATrueBeginning)
{
    Talk talk;
    talk.here.add_file("f", pattern(8 << 20));
    Copier copier{talk.here, talk.client, {.block_size = 32768, .requests = 8}};
    copier.add("f", "f");
    auto file = shared_file(talk, copier);
    copier.go_on(file.job, file.asked, 2 << 20);
    run_to(talk, copier, file.job, 2 << 20);
    copier.stop();
    EXPECT_FALSE(copier.shared(file.job));
    talk.run(copier, false);
    EXPECT_EQ(talk.server.disk.files["f"].content, talk.here.files["f"].content.substr(0, 2 << 20));
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

TEST(Copier, StoppingInPlaceKeepsTheLastPartThatItWasToldOf)
{
    Talk talk;
    talk.here.add_file("f", pattern(8 << 20));
    talk.server.disk.add_file("f", pattern(9 << 20, 7));
    auto content = talk.here.files["f"].content;
    Copier copier{talk.here, talk.client, {.in_place = true, .block_size = 32768, .requests = 8}};
    copier.add("f", "f");
    auto file = shared_file(talk, copier);
    copier.go_on(file.job, file.asked, 2 << 20);
    run_to(talk, copier, file.job, 2 << 20);
    auto& stored = talk.server.disk.files["f"].content;
    stored.replace(2 << 20, 1 << 20, content, 2 << 20, 1 << 20);  // the other way
    copier.go_on(file.job, 3 << 20, 3 << 20);
    turn(talk, copier);
    EXPECT_EQ(copier.shared(file.job)->stored, 3u << 20);
    copier.stop();
    talk.run(copier, false);
    EXPECT_EQ(stored, content.substr(0, 3 << 20));
}

} // namespace
} // namespace nacre::sftp
