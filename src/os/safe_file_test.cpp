#include "os/safe_file.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "os/privileges.h"
#include "support/in_child.h"
#include "support/refuse_call.h"

namespace nacre {
namespace {

struct SafeFile : ::testing::Test {
    void SetUp() override
    {
        // Below a place that passes strict modes when tests run as root or as its owner.
        auto made = make_temporary_directory("/tmp/nacre-files-");
        ASSERT_TRUE(made);
        folder = *made;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    // What `act` returns in a child that may write to the file "a", but put nothing beside it; 1: it could not be made.
    int in_a_folder_of_others(const std::function<int()>& act) const
    {
        constexpr uid_t nobody = 65534;
        bool is_root = ::geteuid() == 0;
        if ((is_root && ::chown(at("a").c_str(), nobody, nobody) < 0) || ::chmod(folder.c_str(), 0555) < 0)
            return 1;
        auto status = test::in_child([&] { return is_root && !become({nobody, nobody, {}}) ? 1 : act(); });
        return ::chmod(folder.c_str(), 0700) < 0 ? 1 : status;
    }
    std::string at(const std::string& name) const { return folder + "/" + name; }
    std::string content(const std::string& name) const
    {
        auto bytes = read_file(at(name), 1 << 20);
        return bytes ? std::string{as_text(*bytes)} : "error: " + bytes.error().what;
    }
    unsigned mode(const std::string& name) const { return file_facts(at(name))->mode; }

    std::string folder;
};

TEST_F(SafeFile, ReadsWithinItsBound)
{
    ASSERT_TRUE(create_file(at("a"), as_bytes("12345"), 0600));
    EXPECT_TRUE(read_file(at("a"), 5));
    EXPECT_FALSE(read_file(at("a"), 4));
    auto secret = read_secret_file(at("a"), 5);
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->text(), "12345");
    EXPECT_FALSE(read_secret_file(at("a"), 4));
    auto missing = read_file(at("b"), 4);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().os_error, ENOENT);
    EXPECT_FALSE(read_file("/dev/zero", 100000));
    EXPECT_FALSE(read_secret_file("/dev/zero", 100000));
}

TEST_F(SafeFile, ReadsASecretFromAPipeToItsEnd)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    std::thread writer([&] {
        for (int i = 0; i < 100; ++i)
            (void)write_all(pipe->writer.number(), as_bytes(std::string(100, 'k')));
        pipe->writer.close();
    });
    auto secret = read_secret_file("/dev/fd/" + std::to_string(pipe->reader.number()), 20000);
    writer.join();
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->size(), 10000U);
}

TEST_F(SafeFile, AFifoWithoutAWriterDoesNotHang)
{
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
    EXPECT_EQ(content("fifo"), "");
}

TEST_F(SafeFile, AFifosWriterIsAwaitedWhereThatIsAskedFor)
{
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
    for (bool secret : {false, true}) {
        std::thread writer([&] {
            Fd fd;
            while (!fd)                                           // ENXIO: nobody reads yet
                fd = Fd{::open(at("fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
            (void)write_all(fd.number(), as_bytes("late"));
        });
        if (secret) {
            auto text = read_secret_file(at("fifo"), 10, FifoWriter::awaited);
            EXPECT_TRUE(text && text->text() == "late");
        } else {
            auto text = read_file(at("fifo"), 10, FifoWriter::awaited);
            EXPECT_TRUE(text && as_text(*text) == "late");
        }
        writer.join();
    }
}

TEST_F(SafeFile, CreateRefusesWhatExists)
{
    ASSERT_TRUE(create_file(at("a"), as_bytes("x"), 0640));
    auto again = create_file(at("a"), as_bytes("y"), 0600);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().os_error, EEXIST);
    ASSERT_EQ(::symlink(at("target").c_str(), at("link").c_str()), 0);
    EXPECT_FALSE(create_file(at("link"), as_bytes("y"), 0600));
    EXPECT_EQ(content("a"), "x");
}

TEST_F(SafeFile, ReplacingFollowsLinksToWhatIsNotThereYet)
{
    std::filesystem::create_symlink("between", at("link"));
    std::filesystem::create_symlink(at("to-be"), at("between"));
    ASSERT_TRUE(replace_file(at("link"), as_bytes("made")));
    EXPECT_TRUE(std::filesystem::is_symlink(at("link")));
    EXPECT_EQ(content("to-be"), "made");
    if (::geteuid() == 0) {
        std::filesystem::create_symlink("others", at("planted"));
        ASSERT_EQ(::lchown(at("planted").c_str(), 65534, 65534), 0);
        ASSERT_TRUE(replace_file(at("planted"), as_bytes("made")));
        EXPECT_FALSE(std::filesystem::exists(at("others"))) << "somebody else has chosen where a file of ours comes";
        EXPECT_EQ(content("planted"), "made");
    }
    std::filesystem::create_symlink("round", at("round"));
    EXPECT_TRUE(replace_file(at("round"), as_bytes("made"))) << "a ring leads nowhere, so it is what is replaced";
}

TEST_F(SafeFile, ReplacingKeepsTheModeAndFollowsLinks)
{
    ASSERT_TRUE(replace_file(at("a"), as_bytes("first")));
    EXPECT_EQ(mode("a"), 0600U);
    ASSERT_EQ(::chmod(at("a").c_str(), 0644), 0);
    ASSERT_EQ(::symlink("a", at("link").c_str()), 0);
    ASSERT_TRUE(replace_file(at("link"), as_bytes("second")));
    EXPECT_EQ(content("a"), "second");
    EXPECT_EQ(mode("a"), 0644U);
    EXPECT_TRUE(std::filesystem::is_symlink(at("link")));
    ASSERT_TRUE(replace_file(at("a"), as_bytes("third"), 0400));
    EXPECT_EQ(mode("a"), 0400U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 2) << "no temporary file stays";
}

TEST_F(SafeFile, ReplacingCanKeepWhatWasThere)
{
    EXPECT_FALSE(replace_file_keeping_old(at("a"), as_bytes("first"), as_bytes("second"))) << "there is no file";
    ASSERT_TRUE(create_file(at("a"), as_bytes("first"), 0640));
    ASSERT_TRUE(replace_file_keeping_old(at("a"), as_bytes("first"), as_bytes("second")));
    ASSERT_TRUE(replace_file_keeping_old(at("a"), as_bytes("second"), as_bytes("third")));
    EXPECT_EQ(content("a"), "third");
    EXPECT_EQ(content("a.old"), "second");
    EXPECT_EQ(mode("a.old"), mode("a"));
    for (auto elsewhere : {"nowhere", "b"}) {                     // a name of ours, which nobody else leads away
        std::filesystem::remove(at("a.old"));
        std::filesystem::create_symlink(elsewhere, at("a.old"));
        ASSERT_TRUE(replace_file_keeping_old(at("a"), as_bytes("third"), as_bytes("fourth")));
        EXPECT_FALSE(std::filesystem::is_symlink(at("a.old"))) << elsewhere;
        EXPECT_FALSE(std::filesystem::exists(at("nowhere")));
        ASSERT_TRUE(replace_file(at("b"), as_bytes("living")));
    }
}

TEST_F(SafeFile, WhatIsNoFileIsWrittenTo)
{
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0640), 0);
    auto reader = open_to_read(at("fifo"));
    ASSERT_TRUE(reader);
    ASSERT_TRUE(replace_file(at("fifo"), as_bytes("first "), 0600));
    ASSERT_TRUE(replace_public_file(at("fifo"), as_bytes("second ")));
    ASSERT_TRUE(replace_file_keeping_old(at("fifo"), as_bytes("old"), as_bytes("third")));
    auto read = read_all(reader->number(), 100);
    ASSERT_TRUE(read);
    EXPECT_EQ(as_text(*read), "first second third");
    EXPECT_TRUE(std::filesystem::is_fifo(at("fifo")));
    EXPECT_EQ(mode("fifo"), 0640U);
    EXPECT_FALSE(std::filesystem::exists(at("fifo.old")));
}

TEST_F(SafeFile, APipeIsWrittenToByItsNumber)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    ASSERT_TRUE(replace_file("/dev/fd/" + std::to_string(pipe->writer.number()), as_bytes("text")));
    pipe->writer.close();
    auto read = read_all(pipe->reader.number(), 100);
    ASSERT_TRUE(read);
    EXPECT_EQ(as_text(*read), "text");
}

TEST_F(SafeFile, WhatCannotBeReplacedInItsFolderIsOverwritten)
{
    ASSERT_TRUE(create_file(at("a"), as_bytes("first, and longer"), 0640));
    EXPECT_EQ(in_a_folder_of_others([&] {
                  if (!replace_file(at("a"), as_bytes("second")) || content("a") != "second" || mode("a") != 0640)
                      return 2;
                  if (!replace_file(at("a"), as_bytes("third"), 0600) || mode("a") != 0600)
                      return 3;
                  auto beside = replace_file(at("new"), as_bytes("x"));
                  if (beside || beside.error().os_error != EACCES)
                      return 4;
                  auto kept = replace_file_keeping_old(at("a"), as_bytes("third"), as_bytes("fourth"));
                  return kept && *kept == OldKept::no && content("a") == "fourth" ? 0 : 5;
              }),
              0);
    EXPECT_EQ(content("a"), "fourth");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1) << "no temporary file stays";
}

TEST_F(SafeFile, WhatCannotBeOverwrittenWholeIsAsItWas)
{
    ASSERT_TRUE(create_file(at("a"), as_bytes("what was there"), 0640));
    EXPECT_EQ(in_a_folder_of_others([&] {
                  rlimit most{20, 20};
                  if (::setrlimit(RLIMIT_FSIZE, &most) < 0 || std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
                      return 2;
                  auto replaced = replace_file(at("a"), as_bytes("longer than a file may be now"), 0600);
                  return !replaced && replaced.error().os_error == EFBIG ? 0 : 3;
              }),
              0);
    EXPECT_EQ(content("a"), "what was there");
    EXPECT_EQ(mode("a"), 0640U);
}

// As vfat, CIFS and FUSE do it where all files of a mount have one mode.
TEST_F(SafeFile, WhereNoModeCanBeSetFilesAreMadeIfTheyAreNotTooOpen)
{
    ASSERT_TRUE(create_file(at("a"), as_bytes("before"), 0644));
    for (int error : {EPERM, ENOSYS, EOPNOTSUPP, EIO}) {
        auto made = test::in_child([&] {
            if (!test::refuse_call(SYS_fchmod, static_cast<unsigned>(error)))
                return 1;
            if (!replace_file(at("secret"), as_bytes("s"), 0600) || mode("secret") != 0600)
                return 2;
            return replace_public_file(at("public"), as_bytes("p")) && content("public") == "p" ? 0 : 3;
        });
        EXPECT_EQ(made, error == EIO ? 2 : 0) << error;
        std::filesystem::remove(at("public"));
    }
    EXPECT_EQ(in_a_folder_of_others([&] {                         // where "a" can only be overwritten
                  auto made = test::refuse_call(SYS_fchmod, EPERM) ? replace_file(at("a"), as_bytes("secret"), 0600)
                                                                   : Result<void>{};
                  return !made && made.error().what.contains(": chmod: ") ? 0 : 1;
              }),
              0);
    EXPECT_EQ(content("a"), "before");
}

TEST_F(SafeFile, WhatCannotBeSyncedIsWrittenAllTheSame)
{
    for (int error : {EPERM, EINVAL, ENOSYS, EROFS, EOPNOTSUPP, EIO, ENOSPC, EDQUOT}) {
        auto made = test::in_child([&] {
            if (!test::refuse_call(SYS_fsync, static_cast<unsigned>(error)))
                return 1;
            return replace_file(at("a"), as_bytes("a"), 0600) ? 0 : 2;
        });
        EXPECT_EQ(made, error == EIO || error == ENOSPC || error == EDQUOT ? 2 : 0) << error;
    }
}

TEST_F(SafeFile, SomebodyElsesFileInOurFolderBecomesOursAlone)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root, to make another's file";
    constexpr uid_t nobody = 65534;
    ASSERT_TRUE(create_file(at("a"), as_bytes("first"), 0644));
    ASSERT_EQ(::chown(folder.c_str(), nobody, nobody), 0);
    EXPECT_EQ(test::in_child([&] {
                  return become({nobody, nobody, {}}) && replace_file(at("a"), as_bytes("second")) ? 0 : 1;
              }),
              0);
    EXPECT_EQ(content("a"), "second");
    EXPECT_EQ(file_facts(at("a"))->uid, nobody);
    EXPECT_EQ(mode("a"), 0600U);
}

TEST_F(SafeFile, SomebodyElsesPublicFileStaysTheirsWhereWeMayWriteToIt)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root, to make another's file";
    constexpr uid_t nobody = 65534;
    ASSERT_TRUE(create_file(at("krl"), as_bytes("the first"), 0666));
    ASSERT_EQ(::chmod(at("krl").c_str(), 0666), 0);
    ASSERT_EQ(::chown(folder.c_str(), nobody, nobody), 0);
    EXPECT_EQ(test::in_child([&] {
                  return become({nobody, nobody, {}}) && replace_public_file(at("krl"), as_bytes("second")) ? 0 : 1;
              }),
              0);
    EXPECT_EQ(content("krl"), "second");
    EXPECT_EQ(file_facts(at("krl"))->uid, 0U);
    EXPECT_EQ(mode("krl"), 0666U);
}

TEST_F(SafeFile, ALockThatNobodyGivesUpKeepsNoLineAway)
{
    ASSERT_TRUE(append_line(at("hosts"), "one", 0644));
    Fd holder{::open(at("hosts").c_str(), O_RDONLY | O_CLOEXEC)};
    ASSERT_EQ(::flock(holder.number(), LOCK_EX), 0);
    ASSERT_TRUE(append_line(at("hosts"), "two", 0644));
    EXPECT_EQ(content("hosts"), "one\ntwo\n");
}

TEST_F(SafeFile, AppendedLinesStayLines)
{
    ASSERT_TRUE(append_line(at("hosts"), "one", 0644));
    ASSERT_TRUE(append_line(at("hosts"), "two", 0644));
    EXPECT_EQ(content("hosts"), "one\ntwo\n");
    ASSERT_TRUE(replace_file(at("hosts"), as_bytes("unfinished")));
    ASSERT_TRUE(append_line(at("hosts"), "three", 0644));
    EXPECT_EQ(content("hosts"), "unfinished\nthree\n");
}

TEST_F(SafeFile, AnAppendedLineIsWholeOrNotThere)
{
    ASSERT_TRUE(append_line(at("hosts"), "one", 0644));
    EXPECT_EQ(test::in_child([&] {
                  rlimit most{10, 10};
                  if (::setrlimit(RLIMIT_FSIZE, &most) < 0 || std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
                      return 2;
                  auto added = append_line(at("hosts"), "more than there is room for", 0644);
                  return !added && added.error().os_error == EFBIG ? 0 : 3;
              }),
              0);
    EXPECT_EQ(content("hosts"), "one\n");
}

TEST_F(SafeFile, PrivateKeysAreTheirOwnersAlone)
{
    EXPECT_FALSE(is_too_open({.uid = 5, .mode = 0600}, 5));
    EXPECT_TRUE(is_too_open({.uid = 5, .mode = 0640}, 5));
    EXPECT_TRUE(is_too_open({.uid = 5, .mode = 0604}, 5));
    EXPECT_FALSE(is_too_open({.uid = 6, .mode = 0644}, 5));       // another's file: his business
}

TEST_F(SafeFile, StrictModesNameTheOffender)
{
    auto uid = static_cast<std::uint32_t>(::getuid());
    ASSERT_TRUE(make_private_directory(at(".ssh")));
    ASSERT_TRUE(make_private_directory(at(".ssh")));
    auto file = at(".ssh/authorized_keys");
    ASSERT_TRUE(create_file(file, as_bytes("key"), 0644));
    auto verdict = [&] {
        auto fd = open_to_read(file);
        auto outcome = check_strict_modes(fd->number(), file, folder, uid);
        return outcome ? std::string{} : outcome.error().what;
    };
    EXPECT_EQ(verdict(), "");
    ASSERT_EQ(::chmod(file.c_str(), 0646), 0);
    EXPECT_EQ(verdict(), "bad ownership or modes for file " + file);
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    ASSERT_EQ(::chmod(at(".ssh").c_str(), 0777), 0);
    EXPECT_EQ(verdict(), "bad ownership or modes for directory " + at(".ssh"));
    ASSERT_EQ(::chmod(at(".ssh").c_str(), 0755), 0);
    ASSERT_EQ(::chmod(folder.c_str(), 0702), 0);
    EXPECT_EQ(verdict(), "bad ownership or modes for directory " + folder);
    ASSERT_EQ(::chmod(folder.c_str(), 0700), 0);
    // A home elsewhere: the walk goes up to the root, by way of /tmp, where everybody may write.
    auto fd = open_to_read(file);
    EXPECT_FALSE(check_strict_modes(fd->number(), file, "/nowhere", uid));
    // Somebody else's user does not trust our files, unless they are root's.
    EXPECT_EQ(check_strict_modes(fd->number(), file, folder, uid + 1).has_value(), uid == 0);
}

TEST_F(SafeFile, ChrootDirectoriesAreRootsAllTheWay)
{
    EXPECT_FALSE(check_root_directory("relative"));
    EXPECT_FALSE(check_root_directory("/tmp"));
    EXPECT_FALSE(check_root_directory("/etc/passwd"));
    EXPECT_FALSE(check_root_directory("/nowhere"));
    if (file_facts("/")->uid == 0) {
        EXPECT_TRUE(check_root_directory("/usr/bin"));
        EXPECT_TRUE(check_root_directory("/usr//bin/"));
        EXPECT_TRUE(check_root_directory("/"));
    }
    EXPECT_FALSE(check_root_directory(folder));                   // below /tmp
}

TEST_F(SafeFile, TemporaryDirectoriesArePrivate)
{
    EXPECT_EQ(file_facts(folder)->mode, 0700U);
    EXPECT_TRUE(file_facts(folder)->is_directory);
}

} // namespace
} // namespace nacre
