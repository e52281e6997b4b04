// Servers that cannot have as many files open as a copy would like.
#include "sftp/copier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::pattern;
using test::Talk;

TEST(Copier, OpensNoMoreFilesThanIsSafeWhereTheServerDoesNotSayHowManyItCan)
{
    Talk talk;
    talk.server.handles = 0;
    talk.here.add_directory("many");
    for (unsigned i = 0; i < 300; ++i)
        talk.here.add_file("many/" + std::to_string(i), pattern(100, i));
    EXPECT_EQ(failures(talk.put("many", "up", {.recursive = true})), std::vector<std::string>{});
    EXPECT_LE(talk.server.disk.most_opened, 64u);
}

TEST(Copier, AFileThatFindsNoHandleIsOpenedLater)
{
    for (bool download : {false, true}) {
        Talk talk;
        talk.server.real_handles = 10;
        auto& from = download ? talk.server.disk : talk.here;
        auto& to = download ? talk.here : talk.server.disk;
        from.add_directory("many");
        for (unsigned i = 0; i < 300; ++i)
            from.add_file("many/" + std::to_string(i), pattern(1 + i * 100, i));
        CopyOptions options{.recursive = true};
        auto news = download ? talk.get("many", "copy", options) : talk.put("many", "copy", options);
        EXPECT_EQ(failures(news), std::vector<std::string>{});
        for (unsigned i = 0; i < 300; ++i) {
            auto name = "/" + std::to_string(i);
            EXPECT_EQ(to.files["copy" + name].content, from.files["many" + name].content) << name;
        }
        EXPECT_EQ(talk.server.disk.opened, 0u);
        EXPECT_EQ(talk.here.opened, 0u);
    }
}

TEST(Copier, ARefusalThatPassesDoesNotSlowDownAllThatFollows)
{
    Talk talk;
    talk.here.add_directory("many");
    for (unsigned i = 0; i < 300; ++i)
        talk.here.add_file("many/" + std::to_string(i), pattern(100, i));
    bool has_refused = false;
    int opens = 0;
    std::size_t open_later = 0;                                   // at once, of the last hundred
    talk.server.instead = [&](Bytes request, ByteVector& reply) {
        if (request[0] != Open::number.value)
            return false;
        if (++opens > 200)
            open_later = std::max(open_later, talk.server.disk.opened);
        if (has_refused || talk.server.disk.opened != 1)
            return false;
        has_refused = true;
        ByteVector words;
        Writer{words}.string("").string("");
        reply = encode(Status{RequestId{Reader{request.subspan(1)}.u32()}, StatusCode::failure, Rest{words}});
        return true;
    };
    EXPECT_EQ(failures(talk.put("many", "up", {.recursive = true})), std::vector<std::string>{});
    EXPECT_TRUE(has_refused);
    EXPECT_GT(open_later, 8u);
    EXPECT_LT(talk.round_trips, 200) << "one file after the other takes three for each";
    EXPECT_EQ(talk.server.disk.files["up/299"].content, talk.here.files["many/299"].content);
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

TEST(Copier, AFileThatCannotBeOpenedFailsOnceAndCostsTheOthersNothing)
{
    Talk talk;
    talk.here.add_directory("many");
    talk.server.disk.add_directory("up");
    for (unsigned i = 0; i < 300; ++i)
        talk.here.add_file("many/" + std::to_string(i), pattern(100, i));
    talk.server.disk.add_directory("up/7");
    talk.server.disk.add_directory("up/200");
    auto failed = failures(talk.put("many", "up", {.recursive = true}));
    std::ranges::sort(failed);
    EXPECT_EQ(failed, (std::vector<std::string>{"remote open \"up/200\": Failure", "remote open \"up/7\": Failure"}));
    EXPECT_EQ(talk.server.disk.files["up/299"].content, talk.here.files["many/299"].content);
    EXPECT_LT(talk.round_trips, 60) << "six waves of 50 files, 3 round trips each, and two files that fail twice";
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

} // namespace
} // namespace nacre::sftp
