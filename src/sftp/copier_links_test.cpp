// Symbolic links in trees: whoever follows them comes to an end, and what is left out is named.
#include "sftp/copier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::MapSite;
using test::Talk;

std::vector<std::string> notes(const std::vector<CopyNews>& news)
{
    std::vector<std::string> sentences;
    for (auto& said : news)
        if (said.kind == CopyNews::Kind::noted)
            sentences.push_back(said.sentence);
    std::ranges::sort(sentences);
    return sentences;
}

std::vector<std::string> sorted(std::vector<std::string> sentences)
{
    std::ranges::sort(sentences);
    return sentences;
}

void add_links(MapSite& site)
{
    site.add_directory("outside");
    site.add_file("outside/file", "out there");
    site.add_directory("tree");
    site.add_directory("tree/a");
    site.add_file("tree/a/file", "here");
    site.add_link("tree/file", "tree/a/file");
    site.add_link("tree/beside", "tree/a");
    site.add_link("tree/out", "outside");
    site.add_link("tree/dangling", "nowhere");
    site.add_link("tree/itself", "tree/itself");
    site.add_link("tree/a/up", "tree");
    site.add_link("tree/a/same", "tree/a");
    site.add_link("tree/a/top", "/");
    site.add_directory("tree/x");
    site.add_directory("tree/y");
    site.add_link("tree/x/other", "tree/y");
    site.add_link("tree/y/other", "tree/x");
}

TEST(Copier, LinksThatAreFollowedComeToAnEnd)
{
    for (bool download : {false, true}) {
        Talk talk;
        auto& from = download ? talk.server.disk : talk.here;
        auto& to = download ? talk.here : talk.server.disk;
        add_links(from);
        CopyOptions options{.recursive = true, .follow_links = true};
        auto news = download ? talk.get("tree", "copy", options) : talk.put("tree", "copy", options);
        std::string who = download ? "remote" : "local";
        std::vector<std::string> left_out;
        for (auto& name : {"a/up", "a/same", "a/top", "beside/up", "beside/same", "beside/top", "x/other/other", "y/other/other"})
            left_out.push_back(who + " \"tree/" + name + "\": leads back to a folder that it lies in: left out");
        for (auto& name : {"dangling", "itself"})
            left_out.push_back(who + " stat \"tree/" + name + "\": No such file or directory");
        EXPECT_EQ(sorted(failures(news)), sorted(left_out));
        EXPECT_EQ(notes(news), std::vector<std::string>{});
        for (auto& name : {"copy/file", "copy/a/file", "copy/beside/file"})
            EXPECT_EQ(to.files[name].content, "here") << name;
        EXPECT_EQ(to.files["copy/out/file"].content, "out there");
        EXPECT_TRUE(to.files["copy/x/other"].directory && to.files["copy/y/other"].directory);
        EXPECT_FALSE(to.files.contains("copy/a/up") || to.files.contains("copy/x/other/other"));
        EXPECT_EQ(talk.server.disk.opened + talk.here.opened, 0u);
    }
}

TEST(Copier, LinksThatAreNotFollowedAreNamed)
{
    for (bool says_kinds : {true, false}) {
        Talk talk;
        add_links(talk.server.disk);
        talk.server.listings_say_kinds = says_kinds;
        auto news = talk.get("tree", "copy", {.recursive = true});
        EXPECT_EQ(failures(news), std::vector<std::string>{});
        std::vector<std::string> left_out;
        for (auto& name : {"file", "beside", "out", "dangling", "itself", "a/up", "a/same", "a/top", "x/other", "y/other"})
            left_out.push_back("remote \"tree/" + std::string{name} + "\": not a regular file, left out");
        EXPECT_EQ(notes(news), sorted(left_out));
        EXPECT_EQ(talk.here.files["copy/a/file"].content, "here");
        EXPECT_EQ(std::ranges::count_if(talk.here.files, [](auto& file) { return file.first.starts_with("copy"); }), 5);
    }
}

// Not even where the server cannot say what a path really is.
TEST(Copier, LinksOfAServerThatKnowsNoRealPathsEndAtSomeDepth)
{
    Talk talk;
    talk.server.disk.add_directory("tree");
    talk.server.disk.add_link("tree/up", "tree");
    talk.server.instead = [&](Bytes request, ByteVector& reply) {
        if (request[0] != Realpath::number.value)
            return false;
        ByteVector words;
        Writer{words}.string("").string("");
        reply = encode(Status{RequestId{Reader{request.subspan(1)}.u32()}, StatusCode::op_unsupported, Rest{words}});
        return true;
    };
    auto failed = failures(talk.get("tree", "copy", {.recursive = true, .follow_links = true}));
    EXPECT_EQ(failed.size(), 1u);
    EXPECT_LT(talk.here.files.size(), 300u);
}

} // namespace
} // namespace nacre::sftp
