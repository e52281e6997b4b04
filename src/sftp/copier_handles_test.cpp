// Servers that cannot have as many files open as a copy would like.
#include "sftp/copier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::MapSite;
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

// SSH_FX_FAILURE for a request, without words.
ByteVector failure_of(Bytes request)
{
    ByteVector words;
    Writer{words}.string("").string("");
    return encode(Status{RequestId{Reader{request.subspan(1)}.u32()}, StatusCode::failure, Rest{words}});
}

// Folders beside and inside each other, some with so many files that listing them pauses.
void add_deep_tree(MapSite& site)
{
    std::string path = "deep";
    site.add_directory(path, 0555);
    for (unsigned level = 0; level < 8; ++level) {
        for (unsigned i = 0; i < 4; ++i) {
            auto beside = path + "/beside" + std::to_string(i);
            site.add_directory(beside, 0750);
            for (unsigned f = 0; f < 3; ++f)
                site.add_file(beside + "/" + std::to_string(f), pattern(1 + 20'000 * f, level + f), 0640, {f, level});
        }
        path += "/level" + std::to_string(level);
        site.add_directory(path, 0755);
        site.add_file(path + "/file", pattern(level * 1000, level));
    }
}

void expect_same_tree(const MapSite& from, const MapSite& to)
{
    std::size_t count = 0;
    for (auto& [name, file] : from.files) {
        if (!name.starts_with("deep"))
            continue;
        auto copied = to.files.find("copy" + name.substr(4));
        ASSERT_NE(copied, to.files.end()) << name;
        EXPECT_TRUE(copied->second.content == file.content) << name;
        EXPECT_EQ(copied->second.mode, file.mode) << name;
        ++count;
    }
    EXPECT_EQ(std::ranges::count_if(to.files, [](auto& file) { return file.first.starts_with("copy"); }), count);
}

TEST(Copier, ATreeComesWholeFromAndToAServerOfFewHandles)
{
    for (std::size_t handles : {1u, 2u, 3u})
        for (bool download : {false, true})
            for (bool shuffled : {false, true})
                for (auto resume : {Resume::no, Resume::verified}) {
                    SCOPED_TRACE(std::to_string(handles) + (download ? " download" : " upload") +
                                 (shuffled ? " shuffled" : "") + (resume == Resume::no ? "" : " resumed"));
                    Talk talk;
                    talk.server.real_handles = handles;
                    talk.server.shuffles = shuffled;
                    auto& from = download ? talk.server.disk : talk.here;
                    auto& to = download ? talk.here : talk.server.disk;
                    add_deep_tree(from);
                    CopyOptions options{.recursive = true, .preserve = true, .resume = resume};
                    if (resume != Resume::no) {                   // beginnings of some are there
                        to.add_directory("copy");
                        to.add_directory("copy/beside0");
                        to.add_directory("copy/beside1");
                        for (std::size_t f = 0; f < 3; ++f) {
                            auto name = "/" + std::to_string(f);
                            to.add_file("copy/beside0" + name, from.files["deep/beside0" + name].content.substr(0, f * 10'000));
                            to.add_file("copy/beside1" + name, from.files["deep/beside1" + name].content);
                        }
                    }
                    auto news = download ? talk.get("deep", "copy", options) : talk.put("deep", "copy", options);
                    EXPECT_EQ(failures(news), std::vector<std::string>{});
                    expect_same_tree(from, to);
                    EXPECT_EQ(talk.server.disk.opened, 0u);
                    EXPECT_EQ(talk.here.opened, 0u);
                    EXPECT_LE(talk.server.disk.most_opened, handles);
                }
}

// While its listing has the only handle, no file can be opened: it is read to its end.
TEST(Copier, AFolderOfManyFilesComesFromAServerOfOneHandle)
{
    Talk talk;
    talk.server.real_handles = 1;
    talk.server.disk.add_directory("many");
    constexpr unsigned count = Copier::most_waiting + 500;
    for (unsigned i = 0; i < count; ++i)
        talk.server.disk.add_file("many/" + std::to_string(i), "x");
    talk.most_round_trips = 5 * count;
    EXPECT_EQ(failures(talk.get("many", "copy", {.recursive = true})), std::vector<std::string>{});
    EXPECT_EQ(talk.here.files.size(), count + 2);
}

// Words that come after the handle that was in the way has been given back.
TEST(Copier, AFileIsPutBackForWhatWasOpenWhenItWasAskedFor)
{
    Talk talk;
    talk.server.disk.add_file("first", pattern(100));
    talk.server.disk.add_file("second", pattern(200));
    Copier copier{talk.client, talk.here, {}};
    copier.add("first", "first");
    copier.add("second", "second");
    std::optional<Ticket> refused;
    while (copier.totals().files_done == 0) {
        copier.advance(talk.now);
        talk.exchange([&](auto& arrived) {
            if (arrived.ticket.job == 1 && arrived.ticket.step == Step::open_source) {
                refused = arrived.ticket;
                talk.client.release(arrived.answer.handle);
            } else {
                copier.source_answered(arrived.ticket, arrived.answer, talk.now);
            }
        });
    }
    ASSERT_TRUE(refused);
    copier.source_answered(*refused, {.outcome = Outcome::failed, .reason = "Failure"}, talk.now);
    EXPECT_EQ(failures(talk.run(copier, true)), std::vector<std::string>{});
    EXPECT_EQ(talk.here.files["second"].content, talk.server.disk.files["second"].content);
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

// Others on the server take its handles, too: one is free only when we have none.
TEST(Copier, AFileIsPutBackAsOftenAsOthersAreOpen)
{
    Talk talk;
    talk.here.add_directory("many");
    talk.here.add_file("many/large", pattern(60 << 20));
    for (unsigned i = 0; i < 5; ++i)
        talk.here.add_file("many/small" + std::to_string(i), pattern(100, i));
    int refused = 0;
    talk.server.instead = [&](Bytes request, ByteVector& reply) {
        if (request[0] != Open::number.value || talk.server.disk.opened == 0)
            return false;
        ++refused;
        reply = failure_of(request);
        return true;
    };
    EXPECT_EQ(failures(talk.put("many", "up", {.recursive = true, .block_size = 32768, .requests = 4})),
              std::vector<std::string>{});
    EXPECT_GE(refused, 5);
    EXPECT_LT(refused, 50);
    for (auto& name : {"/large", "/small0", "/small4"})
        EXPECT_TRUE(talk.server.disk.files[std::string{"up"} + name].content ==
                    talk.here.files[std::string{"many"} + name].content) << name;
}

TEST(Copier, WhatIsRefusedWithNothingOpenIsNamed)
{
    for (auto kind : {Open::number.value, Opendir::number.value}) {
        std::string name = kind == Open::number.value ? "deep/level0/beside1/1" : "deep/level0/beside1";
        Talk talk;
        add_deep_tree(talk.server.disk);
        int refused = 0;
        talk.server.instead = [&](Bytes request, ByteVector& reply) {
            if (request[0] != kind || Reader{request.subspan(5)}.text() != name)
                return false;
            ++refused;
            reply = failure_of(request);
            return true;
        };
        EXPECT_EQ(failures(talk.get("deep", "copy", {.recursive = true})),
                  std::vector<std::string>{"remote open \"" + name + "\": Failure"});
        EXPECT_LE(refused, 3);
        EXPECT_TRUE(talk.here.files.contains("copy/level0/level1/level2/level3/level4/level5/level6/level7/file"));
        EXPECT_EQ(talk.server.disk.opened, 0u);
    }
}

// What is there cannot be compared while no handle is free: it is neither thrown away nor trusted.
TEST(Copier, AResumedFileIsComparedWhenAHandleIsFree)
{
    Talk talk;
    talk.server.real_handles = 1;
    talk.here.add_directory("many");
    talk.server.disk.add_directory("up");
    for (unsigned i = 0; i < 20; ++i) {
        auto name = "/" + std::to_string(i);
        talk.here.add_file("many" + name, pattern(5 << 20, i));
        talk.server.disk.add_file("up" + name, pattern(4 << 20, i));
    }
    std::uint64_t written = 0;
    talk.server.instead = [&](Bytes request, ByteVector&) {
        if (request[0] == Write::number.value)
            written += decode<Write>(request).value().data.size();
        return false;
    };
    EXPECT_EQ(failures(talk.put("many", "up", {.recursive = true, .resume = Resume::verified})), std::vector<std::string>{});
    for (auto& [name, file] : talk.here.files)
        EXPECT_TRUE(name.empty() || talk.server.disk.files["up" + name.substr(4)].content == file.content) << name;
    EXPECT_EQ(written, std::uint64_t{20} << 20);
}

// Nobody knows yet whether they are files: they count as such.
TEST(Copier, NamesThatAreLookedAtCountAsFiles)
{
    Talk talk;
    talk.server.handles = 20;
    talk.server.disk.add_file("first", "");
    talk.get("first", "first");                                   // and the limits are known
    Copier copier{talk.client, talk.here, {}};
    for (unsigned i = 0; i < 300; ++i) {
        talk.server.disk.add_file(std::to_string(i), pattern(100, i));
        copier.add(std::to_string(i), "to" + std::to_string(i));
    }
    EXPECT_EQ(failures(talk.run(copier, true)), std::vector<std::string>{});
    EXPECT_LE(talk.server.disk.most_opened, 10u) << "half of what the server takes";
}

TEST(Copier, StoppingAmongRefusalsEndsAndLeavesNothingOpen)
{
    for (auto resume : {Resume::no, Resume::verified})
        for (int turns = 1; turns < 60; ++turns) {
            Talk talk{static_cast<std::uint64_t>(turns)};
            talk.server.real_handles = 1 + static_cast<std::size_t>(turns) % 3;
            talk.server.shuffles = true;
            add_deep_tree(talk.server.disk);
            talk.here.add_directory("copy");
            talk.here.add_directory("copy/beside3");
            talk.here.add_file("copy/beside3/2", pattern(30'000, 2));
            Copier copier{talk.client, talk.here, {.recursive = true, .resume = resume}};
            copier.add("deep", "copy");
            for (int i = 0; i < turns; ++i) {
                copier.advance(talk.now);
                talk.exchange([&](auto& arrived) { copier.source_answered(arrived.ticket, arrived.answer, talk.now); });
            }
            copier.stop();
            talk.run(copier, true);
            EXPECT_TRUE(copier.finished());
            EXPECT_EQ(talk.server.disk.opened, 0u) << turns;
            EXPECT_EQ(talk.here.opened, 0u) << turns;
        }
}

// A disk that is full refuses them all; that costs no wait for each.
TEST(Copier, ManyThatAreRefusedForAnotherReasonCostFewRoundTrips)
{
    Talk talk;
    talk.here.add_directory("many");
    constexpr unsigned count = 2 * Copier::most_waiting;
    for (unsigned i = 0; i < count; ++i)
        talk.here.add_file("many/" + std::to_string(i), pattern(100, i));
    int opens = 0;
    talk.server.instead = [&](Bytes request, ByteVector& reply) {
        if (request[0] != Open::number.value || ++opens <= 20)
            return false;
        reply = failure_of(request);
        return true;
    };
    EXPECT_EQ(failures(talk.put("many", "up", {.recursive = true})).size(), count - 20);
    EXPECT_LT(talk.round_trips, 200);
    EXPECT_EQ(talk.server.disk.opened, 0u);
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
        reply = failure_of(request);
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
