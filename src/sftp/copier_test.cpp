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

void add_tree(MapSite& site)
{
    site.add_directory("tree", 0555);
    for (int d = 0; d < 5; ++d) {
        auto directory = "tree/d" + std::to_string(d);
        site.add_directory(directory, 0750);
        for (unsigned f = 0; f < 40; ++f)
            site.add_file(directory + "/f" + std::to_string(f), pattern(f * 700, f + 1), 0640, {f + 10, f + 20});
    }
    site.add_directory("tree/d0/empty");
}

TEST(Copier, BlocksThatNobodySeesArriveInTheirPlaces)
{
    Talk talk;
    talk.here.passes_by = &talk.passing_by;
    add_tree(talk.here);
    talk.here.add_file("tree/long", pattern(3'000'001));
    talk.here.site_limits.read_size = 10'000;
    EXPECT_EQ(failures(talk.put("tree", "there", {.recursive = true})), std::vector<std::string>{});
    EXPECT_EQ(talk.passing_by, "");
    for (auto& [name, file] : talk.here.files) {
        if (!name.starts_with("tree"))
            continue;
        EXPECT_EQ(talk.server.disk.files["there" + name.substr(4)].content, file.content) << name;
    }
}

TEST(Copier, BringsATreeEitherWayWithTimesAndModes)
{
    for (bool shuffled : {false, true})
        for (std::uint32_t most_read : {1u << 20, 100u}) {
            Talk talk;
            talk.server.shuffles = shuffled;
            talk.server.most_read = most_read;
            add_tree(talk.server.disk);
            EXPECT_EQ(failures(talk.get("tree", "copy", {.recursive = true, .preserve = true})), std::vector<std::string>{});
            EXPECT_EQ(failures(talk.put("copy", "back", {.recursive = true, .preserve = true})), std::vector<std::string>{});
            for (auto& [name, file] : talk.server.disk.files) {
                if (!name.starts_with("tree"))
                    continue;
                auto copied = talk.here.files.find("copy" + name.substr(4));
                auto back = talk.server.disk.files.find("back" + name.substr(4));
                ASSERT_NE(copied, talk.here.files.end()) << name;
                ASSERT_NE(back, talk.server.disk.files.end()) << name;
                EXPECT_EQ(copied->second.content, file.content) << name;
                EXPECT_EQ(back->second.content, file.content) << name;
                EXPECT_EQ(back->second.mode, file.mode) << name;
                EXPECT_EQ(back->second.times, file.times) << name;
            }
            EXPECT_EQ(talk.server.disk.opened, 0u);
            EXPECT_EQ(talk.here.opened, 0u);
        }
}

TEST(Copier, NeedsFewRoundTripsForManySmallFiles)
{
    Talk talk;
    talk.here.add_directory("many");
    for (unsigned i = 0; i < 1000; ++i)
        talk.here.add_file("many/" + std::to_string(i), pattern(1024, i));
    talk.put("many", "up", {.recursive = true, .preserve = true});
    EXPECT_LT(talk.round_trips, 90) << "50 files at once (half of what the server takes), 3 round trips each";
    auto before = talk.round_trips;
    talk.get("up", "down", {.recursive = true});
    EXPECT_LT(talk.round_trips - before, 120);
    EXPECT_EQ(talk.here.files["down/999"].content, talk.here.files["many/999"].content);
    EXPECT_LE(talk.server.disk.most_opened, 51u);
}

TEST(Copier, FillsALongPath)
{
    Talk talk;
    talk.server.disk.add_file("big", pattern(64 << 20));
    talk.get("big", "big");
    EXPECT_EQ(talk.here.files["big"].content, talk.server.disk.files["big"].content);
    EXPECT_LT(talk.round_trips, 20) << "16 MiB at first, twice as much each time";
}

TEST(Copier, WorksWithAServerThatHasNoExtensions)
{
    Talk talk;
    talk.server.has_limits = false;
    talk.server.disk.add_file("big", pattern(3 << 20));
    EXPECT_EQ(failures(talk.get("big", "here")), std::vector<std::string>{});
    EXPECT_EQ(talk.here.files["here"].content, talk.server.disk.files["big"].content);
    EXPECT_EQ(failures(talk.put("here", "there", {.in_place = true})), std::vector<std::string>{});
    EXPECT_EQ(talk.server.disk.files["there"].content, talk.server.disk.files["big"].content);
}

TEST(Copier, RefusesNamesThatLeaveTheTarget)
{
    for (auto& lie : std::vector<std::string>{"../evil", "/etc/evil", "a/b", "", std::string("x\0y", 3)}) {
        Talk talk;
        talk.server.disk.add_directory("tree");
        talk.server.disk.add_file("tree/good", "good");
        talk.server.disk.add_file("tree/bad", "bad");
        talk.server.rename_entry = [&](std::string& name) {
            if (name == "bad")
                name = lie;
        };
        auto failed = failures(talk.get("tree", "copy", {.recursive = true}));
        ASSERT_EQ(failed.size(), 1u) << lie;
        EXPECT_TRUE(failed[0].contains("is no file name")) << failed[0];
        EXPECT_EQ(talk.here.files["copy/good"].content, "good");
        for (auto& [name, file] : talk.here.files)
            EXPECT_TRUE(name.empty() || name == "copy" || name == "copy/good") << name;
    }
}

TEST(Copier, TellsWhichFileFailedAndGoesOn)
{
    Talk talk;
    add_tree(talk.server.disk);
    talk.server.disk.files["tree/d1/f7"].mode = 0;
    auto failed = failures(talk.get("tree", "copy", {.recursive = true}));
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0], "remote open \"tree/d1/f7\": Permission denied");
    EXPECT_EQ(talk.here.files["copy/d1/f8"].content, talk.server.disk.files["tree/d1/f8"].content);
    EXPECT_EQ(talk.here.opened, 0u);
}

TEST(Copier, ManyFilesThatFailAtOnceAreAllTold)
{
    Talk talk;
    talk.here.add_directory("many");
    constexpr unsigned count = 2 * Copier::most_waiting + 100;
    for (unsigned i = 0; i < count; ++i)
        talk.here.add_file("many/" + std::to_string(i), "x", 0);
    EXPECT_EQ(failures(talk.put("many", "up", {.recursive = true})).size(), count);
}

TEST(Copier, AFullDiskFailsTheFilesThatDoNotFit)
{
    Talk talk;
    talk.here.room = 5000;
    talk.server.disk.add_directory("tree");
    talk.server.disk.add_file("tree/a", pattern(4000));
    talk.server.disk.add_file("tree/b", pattern(400000));
    talk.server.disk.add_file("tree/c", pattern(500));
    auto failed = failures(talk.get("tree", "copy", {.recursive = true}));
    EXPECT_EQ(failed, std::vector<std::string>{"local write \"copy/b\": No space left on device"});
    EXPECT_EQ(talk.here.files["copy/c"].content.size(), 500u);
}

TEST(Copier, ResumesBehindWhatIsThere)
{
    Talk talk;
    auto whole = pattern(1 << 20);
    talk.server.disk.add_file("f", whole);
    for (std::size_t there : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, whole.size() - 1, whole.size()}) {
        talk.here.add_file("f", whole.substr(0, there));
        EXPECT_EQ(failures(talk.get("f", "f", {.resume = Resume::trusting})), std::vector<std::string>{});
        EXPECT_EQ(talk.here.files["f"].content, whole);
        talk.here.add_file("f", whole.substr(0, there));
        EXPECT_EQ(failures(talk.get("f", "f", {.resume = Resume::verified})), std::vector<std::string>{});
        EXPECT_EQ(talk.here.files["f"].content, whole);
    }
    talk.here.add_file("f", whole + "x");
    EXPECT_EQ(failures(talk.get("f", "f", {.resume = Resume::trusting})).size(), 1u);
}

TEST(Copier, VerifiedResumeBeginsAnewWhereTheBeginningDiffers)
{
    Talk talk;
    auto whole = pattern(1 << 20);
    talk.here.add_file("f", whole);
    for (std::uint32_t most_read : {1u << 20, 1000u})             // a sample comes whole, or in pieces
        for (std::size_t wrong : {std::size_t{0}, std::size_t{345678}, std::size_t{599999}}) {
            auto part = whole.substr(0, 600000);
            part[wrong] = static_cast<char>(part[wrong] ^ 1);
            talk.server.disk.add_file("f", part);
            talk.server.most_read = most_read;
            EXPECT_EQ(failures(talk.put("f", "f", {.resume = Resume::verified})), std::vector<std::string>{});
            EXPECT_TRUE(talk.server.disk.files["f"].content == whole) << most_read << ' ' << wrong;
        }
    talk.server.disk.add_file("f", whole + "longer");
    EXPECT_EQ(failures(talk.put("f", "f", {.resume = Resume::verified})), std::vector<std::string>{});
    EXPECT_EQ(talk.server.disk.files["f"].content, whole);
}

TEST(Copier, WhatCannotBeComparedIsCopiedAnewAndNamed)
{
    Talk talk;
    talk.here.add_file("f", pattern(1000));
    talk.server.disk.add_file("f", "something else", 0200);
    auto news = talk.put("f", "f", {.resume = Resume::verified});
    ASSERT_FALSE(news.empty());
    EXPECT_EQ(news[0].kind, CopyNews::Kind::noted);
    EXPECT_EQ(news[0].sentence, "\"f\" cannot be compared (Permission denied): copied anew");
    EXPECT_TRUE(talk.server.disk.files["f"].content == talk.here.files["f"].content);
}

TEST(Copier, AnAtomicCopyIsNotThereUntilItIsWhole)
{
    Talk talk;
    talk.server.disk.add_file("dir", "old");
    talk.here.add_file("f", pattern(3 << 20));
    talk.server.instead = [&](Bytes request, ByteVector&) {
        if (request[0] == Write::number.value) {
            EXPECT_EQ(talk.server.disk.files["f"].content, "before");
        }
        return false;
    };
    talk.server.disk.add_file("f", "before");
    EXPECT_EQ(failures(talk.put("f", "f", {.atomic = true})), std::vector<std::string>{});
    EXPECT_EQ(talk.server.disk.files["f"].content, talk.here.files["f"].content);
    EXPECT_FALSE(talk.server.disk.files.contains(".f.part"));
    EXPECT_EQ(Copier::part_name("/a/b"), "/a/.b.part");
}

TEST(Copier, APartIsANewFileWhereverALinkHasItsName)
{
    for (auto resume : {Resume::no, Resume::trusting, Resume::verified}) {
        Talk talk;
        talk.here.add_file("f", pattern(1000));
        talk.server.disk.add_file(".f.part", "another's");
        bool removed = false, made = false;
        talk.server.instead = [&](Bytes request, ByteVector& reply) {
            if (request[0] == Lstat::number.value) {
                Attributes link;
                link.size = 5;
                link.permissions = 0120777;
                reply = encode(Attrs{decode<Lstat>(request).value().id, link});
                return true;
            }
            if (request[0] == Remove::number.value)
                removed = talk.server.disk.files.erase(".f.part") > 0;
            if (request[0] == Open::number.value)
                made = removed && (decode<Open>(request).value().flags & OpenFlags::exclusive) != 0;
            return false;
        };
        EXPECT_EQ(failures(talk.put("f", "f", {.atomic = true, .resume = resume})), std::vector<std::string>{});
        EXPECT_TRUE(made);
        EXPECT_EQ(talk.server.disk.files["f"].content, talk.here.files["f"].content);
    }
}

TEST(Copier, CopyInPlaceShortensALongerTarget)
{
    Talk talk;
    talk.server.disk.add_file("long", pattern(5000));
    talk.here.add_file("short", "short");
    talk.put("short", "long", {.in_place = true});
    EXPECT_EQ(talk.server.disk.files["long"].content, "short");
}

TEST(Copier, ACopyOntoItselfLosesNothing)
{
    MapSite site;
    auto content = pattern(3 << 20);
    site.add_directory("tree");
    site.add_file("tree/f", content, 0644, {5, 6});
    for (auto& name : {"tree", "tree/f"}) {
        Copier copier{site, site, {.recursive = true, .spares_source = true}};
        copier.add(name, name);
        while (!copier.finished())
            copier.advance(TimePoint{});
        while (auto news = copier.next_news())
            EXPECT_NE(news->kind, CopyNews::Kind::failed) << news->sentence;
        EXPECT_TRUE(site.files["tree/f"].content == content);
    }
    site.add_file("other", pattern(3 << 20, 7), 0644, {5, 7});    // of that size, and another
    Copier copier{site, site, {.spares_source = true}};
    copier.add("tree/f", "other");
    while (!copier.finished())
        copier.advance(TimePoint{});
    EXPECT_TRUE(site.files["other"].content == content);
    EXPECT_EQ(site.opened, 0u);
}

TEST(Copier, AnInterruptedCopyInPlaceIsABeginningAndNothingElse)
{
    Talk talk;
    talk.server.disk.add_file("old", pattern(40 << 20, 9));
    talk.here.add_file("new", pattern(40 << 20));
    Copier copier{talk.here, talk.client, {.in_place = true}};
    copier.add("new", "old");
    while (copier.totals().bytes_done == 0 && talk.round_trips < 20) {
        copier.advance(talk.now);
        talk.exchange([&](const Client::Arrived& arrived) {
            copier.sink_answered(arrived.ticket, arrived.answer, talk.now);
        });
    }
    copier.stop();
    talk.run(copier, false);
    auto& left = talk.server.disk.files["old"].content;
    EXPECT_GT(left.size(), 0u);
    EXPECT_LT(left.size(), std::size_t{40 << 20});
    EXPECT_TRUE(talk.here.files["new"].content.starts_with(left));
}

TEST(Copier, OfTwoFilesOfOneNameTheLastIsThereWhole)
{
    Talk talk;
    talk.server.disk.add_file("a/log", pattern(100'000));
    talk.server.disk.add_file("b/log", "short");
    for (bool in_place : {false, true}) {
        Copier copier{talk.client, talk.here, {.in_place = in_place}};
        copier.add("a/log", "log");
        copier.add("b/log", "log");
        copier.add("a/log", "other");
        talk.run(copier, true);
        EXPECT_EQ(copier.totals().files_done, 3u);
        EXPECT_EQ(talk.here.files["log"].content, "short");
        EXPECT_EQ(talk.here.files["other"].content.size(), 100'000u);
    }
}

TEST(Copier, AKnownFileCostsTheRoundTripsOfOpeningAndReadingIt)
{
    Talk talk;
    talk.server.disk.add_file("f", pattern(100000));
    talk.get("f", "f");
    auto unknown = talk.round_trips;
    Attributes known;
    known.size = 100000;
    known.permissions = 0100644;
    talk.get("f", "again", {}, known);
    EXPECT_EQ(talk.here.files["again"].content, talk.server.disk.files["f"].content);
    EXPECT_EQ(talk.round_trips - unknown, 3) << "open, read; and the close, for which nobody waits";
    EXPECT_EQ(unknown, 5) << "the version and the facts more";
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

TEST(Copier, WhatIsKnownOfALinkIsNotWhatItPointsTo)
{
    Talk talk;
    talk.server.disk.add_file("f", pattern(5000));
    Attributes link;
    link.size = 3;
    link.permissions = 0120777;
    talk.get("f", "f", {}, link);
    EXPECT_EQ(talk.here.files["f"].content.size(), 5000u);
}

TEST(Copier, ADiskThatWasFullForAMomentLeavesATrueBeginning)
{
    Talk talk;
    talk.server.has_limits = false;                               // blocks of 32 KiB
    talk.here.add_file("f", pattern(100 * 32768));
    talk.server.instead = [&](Bytes request, ByteVector& reply) {
        if (request[0] != Write::number.value || decode<Write>(request).value().offset != 50 * 32768)
            return false;
        reply = encode(Status{decode<Write>(request).value().id, StatusCode::failure, {}});
        return true;
    };
    EXPECT_EQ(failures(talk.put("f", "f")), std::vector<std::string>{"remote write \"f\": Failure"});
    EXPECT_EQ(talk.server.disk.files["f"].content, talk.here.files["f"].content.substr(0, 50 * 32768));
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

TEST(Copier, StoppingKeepsATrueBeginning)
{
    Talk talk;
    talk.server.shuffles = true;
    talk.server.disk.add_file("big", pattern(16 << 20));
    Copier copier{talk.client, talk.here, {}};
    copier.add("big", "big");
    while (copier.totals().bytes_done < 1 << 20) {
        copier.advance(talk.now);
        talk.exchange([&](auto& arrived) { copier.source_answered(arrived.ticket, arrived.answer, talk.now); });
    }
    copier.stop();
    talk.run(copier, true);
    auto& part = talk.here.files["big"].content;
    EXPECT_GE(part.size(), 1u << 20);
    EXPECT_EQ(part, talk.server.disk.files["big"].content.substr(0, part.size()));
    EXPECT_EQ(talk.server.disk.opened, 0u);
}

TEST(Copier, AbandoningLeavesAUsableConversation)
{
    Talk talk;
    talk.server.disk.add_file("big", pattern(16 << 20));
    add_tree(talk.server.disk);
    Copier copier{talk.client, talk.here, {.recursive = true}};
    copier.add("big", "big");
    copier.add("tree", "tree");
    while (copier.totals().bytes_done == 0) {
        copier.advance(talk.now);
        talk.exchange([&](auto& arrived) { copier.source_answered(arrived.ticket, arrived.answer, talk.now); });
    }
    copier.advance(talk.now);
    copier.stop();
    EXPECT_FALSE(copier.finished());
    copier.abandon();
    talk.client.disown();
    EXPECT_TRUE(copier.finished());
    talk.exchange([](auto&) { ADD_FAILURE() << "nobody waits for this"; });
    EXPECT_EQ(failures(talk.get("tree/d1/f7", "f")), std::vector<std::string>{});
    EXPECT_EQ(talk.here.files["f"].content, talk.server.disk.files["tree/d1/f7"].content);
    EXPECT_FALSE(talk.broken);
}

TEST(Copier, AFileWithoutASizeIsReadToItsEnd)
{
    Talk talk;
    talk.server.most_read = 1000;
    talk.server.disk.add_file("status", pattern(2500));
    talk.server.instead = [&](Bytes request, ByteVector& reply) {
        if (request[0] != Stat::number.value)
            return false;
        Attributes facts;
        facts.size = 0;
        facts.permissions = 0100444;
        reply = encode(Attrs{decode<Stat>(request).value().id, facts});
        return true;
    };
    talk.get("status", "status");
    EXPECT_EQ(talk.here.files["status"].content.size(), 2500u);
}

// It has grown since, or never was so short.
TEST(Copier, AFileThatIsLongerThanItsSizeComesWhole)
{
    for (bool shuffled : {false, true})
        for (auto passing_by : {false, true}) {
            Talk talk;
            talk.server.shuffles = shuffled;
            talk.here.passes_by = passing_by ? &talk.passing_by : nullptr;
            talk.here.understates = talk.server.disk.understates = 2;
            talk.server.disk.add_directory("tree");
            for (std::size_t size : {1u, 1000u, 2 * most_data, 3'000'001u, 8 * most_data, 8u << 20})
                talk.server.disk.add_file("tree/" + std::to_string(size), pattern(size));
            EXPECT_EQ(failures(talk.get("tree", "copy", {.recursive = true})), std::vector<std::string>{});
            EXPECT_EQ(failures(talk.get("tree/3000001", "one")), std::vector<std::string>{});
            EXPECT_EQ(failures(talk.put("copy", "back", {.recursive = true})), std::vector<std::string>{});
            EXPECT_EQ(talk.here.files["one"].content, talk.server.disk.files["tree/3000001"].content);
            for (auto& [name, file] : talk.server.disk.files) {
                if (!name.starts_with("tree/"))
                    continue;
                EXPECT_EQ(talk.here.files["copy" + name.substr(4)].content, file.content) << name;
                EXPECT_EQ(talk.server.disk.files["back" + name.substr(4)].content, file.content) << name;
            }
        }
}

TEST(Copier, ASmallFileIsReadByOneRequest)
{
    Talk talk;
    talk.server.disk.add_directory("many");
    for (unsigned i = 0; i < 100; ++i)
        talk.server.disk.add_file("many/" + std::to_string(i), pattern(1 + 1024 * i, i));
    EXPECT_EQ(failures(talk.get("many", "many", {.recursive = true})), std::vector<std::string>{});
    EXPECT_EQ(std::ranges::count(talk.server.seen, Read::number.value), 100);
}

// The lengths that the server is asked for while `small`, said to have 4096 bytes, is fetched, and then `large`.
std::vector<std::uint32_t> lengths_asked_for(std::size_t small, std::uint32_t most_read)
{
    Talk talk;
    std::vector<std::uint32_t> lengths;
    talk.server.most_read = most_read;
    talk.server.disk.add_file("small", pattern(small));
    talk.server.disk.add_file("large", pattern(1 << 20));
    talk.server.instead = [&](Bytes request, ByteVector&) {
        if (request[0] == Read::number.value)
            lengths.push_back(decode<Read>(request).value().length);
        return false;
    };
    Copier copier{talk.client, talk.here, {.requests = 1}};
    Attributes known;
    known.size = 4096;
    known.permissions = 0100644;
    copier.add("small", "small", known);
    copier.add("large", "large");
    EXPECT_EQ(failures(talk.run(copier, true)), std::vector<std::string>{});
    EXPECT_EQ(talk.here.files["small"].content.size(), small);
    EXPECT_EQ(talk.here.files["large"].content, talk.server.disk.files["large"].content);
    return lengths;
}

TEST(Copier, OnlyAServerThatGivesLessIsAskedForLess)
{
    EXPECT_LT(lengths_asked_for(20, 1u << 20).size(), 10u) << "the end of a file that is shorter than it was";
    EXPECT_EQ(lengths_asked_for(4096, 10'000).back(), 10'000u);
}

} // namespace
} // namespace nacre::sftp
