#include "sftp/client.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::pattern;
using test::Talk;

TEST(SftpClient, UsesAnExtensionOnlyInTheVersionThatItKnows)
{
    for (auto& [announced, is_used] : std::vector<std::pair<std::vector<std::string>, bool>>{
             {{"1"}, true}, {{"2"}, false}, {{"2", "1"}, true}, {{}, false}}) {
        Talk talk;
        talk.server.posix_renames = announced;
        talk.here.add_file("f", "new");
        talk.server.disk.add_file("f", "old");
        EXPECT_EQ(failures(talk.put("f", "f", {.atomic = true})), std::vector<std::string>{});
        EXPECT_EQ(std::ranges::count(talk.server.seen, Rename::number.value), is_used ? 0 : 1);
        EXPECT_EQ(talk.client.supports(extension::posix_rename), is_used);
        EXPECT_EQ(talk.server.disk.files["f"].content, "new");
    }
}

TEST(SftpClient, GetsAlongWithServersOfOlderVersions)
{
    for (std::uint32_t version : {0u, 1u, 2u}) {
        Talk talk;
        talk.server.version = version;
        talk.server.has_limits = false;
        talk.server.posix_renames.clear();
        talk.server.disk.add_file("f", pattern(100000));
        EXPECT_EQ(failures(talk.get("f", "f")), std::vector<std::string>{});
        EXPECT_EQ(failures(talk.put("f", "back")), std::vector<std::string>{});
        EXPECT_EQ(talk.server.disk.files["back"].content, talk.server.disk.files["f"].content);
        EXPECT_EQ(talk.client.version(), version);
        EXPECT_EQ(talk.client.limits().write_size, version == 0 ? 16384u : 32768u);
        EXPECT_EQ(talk.client.symbolic_link({}, "f", "link")->outcome, Outcome::unsupported);
        EXPECT_EQ(talk.client.read_link({}, "link")->outcome, Outcome::unsupported);
        EXPECT_FALSE(talk.client.look({}, "f", Links::shown)) << "it is asked";
        talk.exchange([](const Client::Arrived& arrived) { EXPECT_TRUE(arrived.answer.done()); });
        EXPECT_EQ(std::ranges::count(talk.server.seen, Stat::number.value) == 0, version == 0);
    }
}

TEST(SftpClient, EndsWithAServerThatBreaksTheProtocol)
{
    auto reply_with = [](std::uint8_t to, std::function<ByteVector(Bytes)> make) {
        Talk talk;
        talk.server.disk.add_file("f", pattern(100000));
        talk.server.instead = [&](Bytes request, ByteVector& reply) {
            if (request[0] != to)
                return false;
            reply = make(request);
            return true;
        };
        talk.get("f", "f");
        return talk.broken ? talk.broken->what : "";
    };
    auto id = [](Bytes request) { return RequestId{Reader{request.subspan(1)}.u32()}; };
    EXPECT_EQ(reply_with(1, [](Bytes) { return encode(Version{6, {}}); }), "the server speaks SFTP version 6, and we speak 3");
    EXPECT_TRUE(reply_with(5, [&](Bytes r) { return encode(Data{id(r), ByteVector(200000)}); }).contains("more data"));
    EXPECT_TRUE(reply_with(3, [&](Bytes r) { return encode(Handle{id(r), std::string(257, 'x')}); }).contains("too long"));
    EXPECT_TRUE(reply_with(3, [&](Bytes r) { return encode(Status{id(r), StatusCode::ok, {}}); }).contains("says ok"));
    EXPECT_TRUE(reply_with(3, [&](Bytes) { return encode(Handle{RequestId{99999}, "x"}); }).contains("was not made"));
    EXPECT_TRUE(reply_with(3, [&](Bytes r) { return encode(Data{id(r), ByteVector{}}); }).contains("HANDLE expected"));
    EXPECT_TRUE(reply_with(17, [&](Bytes) { return ByteVector{105}; }).contains("without an id"));
}

} // namespace
} // namespace nacre::sftp
