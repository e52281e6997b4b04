#include "tools/copy/place.h"

#include <gtest/gtest.h>

#include "tools/sftp/settings.h"

namespace nacre {
namespace {

std::string seen(std::string_view text)
{
    auto place = parse_place(text);
    if (!place)
        return "error";
    if (!place->host)
        return "local " + place->path;
    return place->host->user + '|' + place->host->host + '|' +
           (place->host->port ? std::to_string(*place->host->port) : "") + '|' + place->path;
}

TEST(CopyPlaces, AreLocalUnlessAHostComesFirst)
{
    EXPECT_EQ(seen("file"), "local file");
    EXPECT_EQ(seen("./a:b"), "local ./a:b");
    EXPECT_EQ(seen("/a:b"), "local /a:b");
    EXPECT_EQ(seen(":x"), "local :x");
    EXPECT_EQ(seen("host:"), "|host||.");
    EXPECT_EQ(seen("host:a:b"), "|host||a:b");
    EXPECT_EQ(seen("me@you@host:/x y"), "me@you|host||/x y");
    EXPECT_EQ(seen("[::1]:x"), "|::1||x");
    EXPECT_EQ(seen("me@[::1]:x"), "me|::1||x");
    EXPECT_EQ(seen("scp://me@host:22/rel"), "me|host|22|rel");
    EXPECT_EQ(seen("scp://host//abs%20x"), "|host||/abs x");
    EXPECT_EQ(seen("scp://host"), "|host||.");
    EXPECT_EQ(seen("-oProxyCommand=x:y"), "error");
    EXPECT_EQ(seen("a`b`:x"), "error");
    EXPECT_EQ(to_text(*parse_place("me@[::1]:x")), "me@[::1]:x");
}

std::string sftp_seen(std::string_view text)
{
    auto location = sftp_tool::parse_destination(text);
    if (!location)
        return "error";
    auto& place = location->place;
    return place.user + '|' + place.host + '|' + (place.port ? std::to_string(*place.port) : "") + '|' + location->path;
}

TEST(SftpDestinations, AreAHostAndPerhapsAPath)
{
    EXPECT_EQ(sftp_seen("host"), "|host||");
    EXPECT_EQ(sftp_seen("me@host:dir/x:y"), "me|host||dir/x:y");
    EXPECT_EQ(sftp_seen("me@[::1]:x@y/z"), "me|::1||x@y/z");
    EXPECT_EQ(sftp_seen("[::1]"), "|::1||");
    EXPECT_EQ(sftp_seen("sftp://me@host:2222/dir/"), "me|host|2222|dir/");
    EXPECT_EQ(sftp_seen("sftp://host//etc/motd"), "|host||/etc/motd");
    EXPECT_EQ(sftp_seen("@host"), "error");
    EXPECT_EQ(sftp_seen("-x"), "error");
}

} // namespace
} // namespace nacre
