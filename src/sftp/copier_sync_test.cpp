// Files that are to be on the disk when they are copied (fsync@openssh.com).
#include "sftp/copier.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::Talk;

// What a server says of itself and to this request; it counts how often that comes.
struct Disk {
    bool is_announced = true;
    StatusCode answer = StatusCode::ok;
    int asked = 0;

    bool operator()(Bytes request, ByteVector& reply)
    {
        if (request[0] == Init::number.value && is_announced) {
            ByteVector extensions;
            Writer{extensions}.string(extension::fsync).string("1");
            reply = encode(Version{protocol_version, Rest{extensions}});
            return true;
        }
        auto extended = request[0] == Extended::number.value ? decode<Extended>(request) : bad_input("another request");
        if (!extended || extended->extension != extension::fsync)
            return false;
        ++asked;
        ByteVector words;
        Writer{words}.string("").string("");
        reply = encode(Status{extended->id, answer, Rest{words}});
        return true;
    }
};

std::vector<std::string> put(Talk& talk, Disk& disk, CopyOptions options)
{
    talk.server.instead = [&](Bytes request, ByteVector& reply) { return disk(request, reply); };
    talk.here.add_file("f", "content");
    return failures(talk.put("f", "g", options));
}

TEST(Copier, AServerIsAskedToBringAFileToItsDiskOnlyIfThatIsWanted)
{
    for (bool wanted : {false, true}) {
        Talk talk;
        Disk disk;
        EXPECT_EQ(put(talk, disk, {.sync = wanted}), std::vector<std::string>{});
        EXPECT_EQ(disk.asked, wanted ? 1 : 0);
        EXPECT_EQ(talk.server.disk.files["g"].content, "content");
    }
}

// A server that knows nothing of disks has not failed; one that does, and cannot, has.
TEST(Copier, AServerThatCannotIsNotAskedAndOneThatRefusesIsAFailure)
{
    {
        Talk talk;
        Disk disk{.is_announced = false};
        EXPECT_EQ(put(talk, disk, {.sync = true}), std::vector<std::string>{});
        EXPECT_EQ(disk.asked, 0);
        EXPECT_EQ(talk.server.disk.files["g"].content, "content");
    }
    for (auto code : {StatusCode::failure, StatusCode::op_unsupported, StatusCode::permission_denied}) {
        Talk talk;
        Disk disk{.answer = code};
        auto failed = put(talk, disk, {.sync = true});
        ASSERT_EQ(failed.size(), 1u);
        EXPECT_NE(failed[0].find("fsync \"g\""), std::string::npos) << failed[0];
        EXPECT_EQ(disk.asked, 1);
        EXPECT_EQ(talk.server.disk.opened, 0u);                   // it is closed all the same
    }
}

// The file has its name when it is on the disk, and not before.
TEST(Copier, WhatIsNotOnTheDiskDoesNotGetItsName)
{
    Talk talk;
    Disk disk{.answer = StatusCode::failure};
    EXPECT_EQ(put(talk, disk, {.sync = true, .atomic = true}).size(), 1u);
    EXPECT_EQ(disk.asked, 1);
    EXPECT_FALSE(talk.server.disk.files.contains("g"));
}

} // namespace
} // namespace nacre::sftp
