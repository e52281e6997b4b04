#include "sftp/tree_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "support/memory_tree.h"
#include "support/sftp_frame.h"

namespace nacre::sftp {
namespace {

// What one client says, and hears of it.
class TreeServerTest : public testing::Test {
protected:
    TreeServerTest() { tree.files = {{"/one", "first"}, {"/sub/two", "second"}}, tree.directories["/sub"] = 0700; }

    void begin(ServerRules rules = {})
    {
        server.emplace(tree, std::move(rules), log);
        version = ask(Init{});
    }

    template <class T>
    ByteVector ask(const T& request)
    {
        ByteVector frame;
        Writer{frame}.string(encode(request));
        auto space = server->receive_space();
        std::ranges::copy(frame, space.begin());
        server->received(frame.size());
        EXPECT_TRUE(server->work());
        auto answer = next_frame(server->to_send(), frames);
        EXPECT_TRUE(answer && *answer);
        auto bytes = answer && *answer ? to_vector(**answer) : ByteVector{};
        server->sent(frame_header_size + bytes.size());
        EXPECT_TRUE(server->to_send().empty());
        return bytes;
    }
    template <class T>
    StatusCode status(const T& request)
    {
        auto answer = ask(request);
        auto status = decode<Status>(answer);
        return status ? status->code : StatusCode::no_connection;
    }
    std::string handle(const ByteVector& answer)
    {
        auto given = decode<Handle>(answer);
        EXPECT_TRUE(given);
        return given ? std::string{given->handle} : "";
    }
    std::string open(std::string_view path, std::uint32_t flags = OpenFlags::read)
    {
        return handle(ask(Open{.id = {1}, .path = path, .flags = flags}));
    }

    NoLog log;
    test::MemoryTree tree;
    std::optional<TreeServer> server;
    ByteVector version;
};

TEST_F(TreeServerTest, FilesAreReadToTheirEnd)
{
    begin();
    auto file = open("sub/../sub/./two");
    auto answer = ask(Read{{2}, file, 3, std::numeric_limits<std::uint32_t>::max()});
    EXPECT_EQ(as_text(decode<Data>(answer).value().data), "ond");
    EXPECT_EQ(status(Read{{3}, file, 6, 1}), StatusCode::eof);
    EXPECT_EQ(status(Read{{3}, file, std::numeric_limits<std::uint64_t>::max(), 1}), StatusCode::eof);
    EXPECT_EQ(status(Close{{4}, file}), StatusCode::ok);
    EXPECT_EQ(status(Read{{5}, file, 0, 1}), StatusCode::failure);
    EXPECT_EQ(status(Open{.id = {6}, .path = "/sub/three", .flags = OpenFlags::read}), StatusCode::no_such_file);
}

TEST_F(TreeServerTest, WhatIsLargeGoesInPieces)
{
    tree.files["/large"] = std::string(most_data + 1, 'x');
    begin();
    auto file = open("/large");
    auto answer = ask(Read{{2}, file, 0, std::numeric_limits<std::uint32_t>::max()});
    EXPECT_EQ(decode<Data>(answer).value().data.size(), most_data);

    for (int i = 0; i < 5000; ++i)
        tree.files["/sub/a file with a name that is not short at all, number " + std::to_string(i)] = "x";
    auto directory = handle(ask(Opendir{{3}, "/sub"}));
    std::size_t count = 0;
    for (;;) {
        auto some = ask(Readdir{{4}, directory});
        auto names = decode<Names>(some);
        if (!names)
            break;
        EXPECT_LE(some.size(), std::size_t{64} << 10);
        count += names->entries.items.size();
    }
    EXPECT_EQ(count, 5001u);
    EXPECT_EQ(status(Readdir{{5}, directory}), StatusCode::eof);
}

TEST_F(TreeServerTest, NamesComeWithALineForPeople)
{
    begin();
    auto directory = handle(ask(Opendir{{1}, "/"}));
    auto answer = ask(Readdir{{2}, directory});
    auto entries = decode<Names>(answer).value().entries.items;
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].file_name, "sub");
    EXPECT_EQ(entries[0].long_name, "drwx------    1 0        0               0 Jan  1  1970 sub");
    EXPECT_EQ(entries[1].long_name, "-rw-r--r--    1 0        0               5 Jan  1  1970 one");
    auto real = ask(Realpath{{3}, "./sub/../../x/"});
    EXPECT_EQ(decode<Names>(real).value().entries.items.at(0).file_name, "/x");
}

TEST_F(TreeServerTest, WhatIsWrittenIsTheTrees)
{
    begin();
    auto file = open("/new", OpenFlags::write | OpenFlags::create);
    EXPECT_EQ(status(Write{{2}, file, 0, as_bytes("abc")}), StatusCode::ok);
    EXPECT_EQ(status(Write{{2}, file, std::numeric_limits<std::uint64_t>::max() - 1, as_bytes("abc")}), StatusCode::failure);
    EXPECT_EQ(status(Read{{3}, file, 0, 1}), StatusCode::permission_denied);
    EXPECT_EQ(status(Close{{4}, file}), StatusCode::ok);
    auto log_file = open("/new", OpenFlags::write | OpenFlags::append);
    EXPECT_EQ(status(Write{{2}, log_file, 0, as_bytes("def")}), StatusCode::ok);
    EXPECT_EQ(tree.files["/new"], "abcdef");
    EXPECT_EQ(status(Rename{{5}, "/new", "/one"}), StatusCode::failure);
    EXPECT_EQ(status(Rename{{5}, "/new", "/newer"}), StatusCode::ok);
    EXPECT_EQ(status(Remove{{5}, "/newer"}), StatusCode::ok);
    EXPECT_EQ(status(Mkdir{{6}, "/dir"}), StatusCode::ok);
    EXPECT_EQ(status(Rmdir{{6}, "/dir"}), StatusCode::ok);
    EXPECT_EQ(status(Readlink{{7}, "/one"}), StatusCode::op_unsupported);
}

// Whoever may only read gets no file to write by the way.
TEST_F(TreeServerTest, AHandleIsGoodForWhatItWasOpenedFor)
{
    begin();
    auto read = open("/one");
    EXPECT_EQ(status(Write{{2}, read, 0, as_bytes("abc")}), StatusCode::permission_denied);
    auto write = open("/one", OpenFlags::write);
    EXPECT_EQ(status(Read{{3}, write, 0, 1}), StatusCode::permission_denied);
    EXPECT_EQ(status(Write{{2}, write, 0, as_bytes("abc")}), StatusCode::ok);
}

TEST_F(TreeServerTest, WhatIsOpenOutlivesItsName)
{
    begin();
    auto file = open("/one", OpenFlags::write);
    EXPECT_EQ(status(Remove{{2}, "/one"}), StatusCode::ok);
    EXPECT_EQ(status(Write{{3}, file, 0, as_bytes("abc")}), StatusCode::ok);
    auto other = open("/sub/two", OpenFlags::write);
    EXPECT_EQ(status(Rename{{4}, "/sub/two", "/moved"}), StatusCode::ok);
    EXPECT_EQ(status(Write{{5}, other, 0, as_bytes("abc")}), StatusCode::ok);
    EXPECT_EQ(tree.files["/moved"], "abcond");
}

TEST_F(TreeServerTest, NothingIsMadeOverOrRemovedWithWhatIsInIt)
{
    begin();
    EXPECT_EQ(status(Mkdir{{1}, "/one"}), StatusCode::failure);
    EXPECT_EQ(status(Rmdir{{2}, "/sub"}), StatusCode::failure);
    EXPECT_EQ(status(Rmdir{{3}, "/"}), StatusCode::failure);
    EXPECT_EQ(status(Remove{{4}, "/sub"}), StatusCode::failure);
    EXPECT_EQ(status(Remove{{5}, "/nothing"}), StatusCode::no_such_file);
}

TEST_F(TreeServerTest, PathsHaveNoZeroAndAnEnd)
{
    begin();
    using namespace std::string_view_literals;
    EXPECT_EQ(status(Stat{{1}, "/one\0.txt"sv}), StatusCode::bad_message);
    EXPECT_EQ(status(Open{.id = {2}, .path = "/one\0"sv, .flags = OpenFlags::read}), StatusCode::bad_message);
    for (auto size : {longest_path, longest_path + 1})            // to which a slash is added
        EXPECT_EQ(status(Realpath{{3}, std::string(size, 'x')}), StatusCode::bad_message);
}

TEST_F(TreeServerTest, ListingsAreFew)
{
    begin();
    std::string last;
    for (std::size_t i = 0; i < TreeServer::most_listings; ++i)
        last = handle(ask(Opendir{{1}, "/"}));
    EXPECT_EQ(status(Opendir{{2}, "/"}), StatusCode::failure);
    EXPECT_EQ(status(Close{{3}, last}), StatusCode::ok);
    EXPECT_FALSE(handle(ask(Opendir{{4}, "/"})).empty());
}

TEST_F(TreeServerTest, AClientCannotOpenWithoutEnd)
{
    begin();
    for (std::size_t i = 0; i < TreeServer::most_open; ++i)
        (void)open("/one");
    EXPECT_EQ(status(Open{.id = {6}, .path = "/one", .flags = OpenFlags::read}), StatusCode::failure);
    EXPECT_EQ(status(Opendir{{6}, "/"}), StatusCode::failure);
}

TEST_F(TreeServerTest, RulesHold)
{
    begin({.read_only = true});
    EXPECT_EQ(status(Remove{{5}, "/one"}), StatusCode::permission_denied);
    EXPECT_EQ(as_text(version).find("statvfs"), std::string_view::npos);
    EXPECT_NE(as_text(version).find("limits"), std::string_view::npos);
}

// Nobody is told that it could be asked for; who does so all the same is refused, and goes on.
TEST_F(TreeServerTest, NoTreeKnowsOfADisk)
{
    begin();
    EXPECT_EQ(as_text(version).find(extension::fsync), std::string_view::npos);
    auto file = open("/new", OpenFlags::write | OpenFlags::create);
    auto details = encode(extension::OneHandle{file});
    EXPECT_EQ(status(Extended{{2}, extension::fsync, Rest{details}}), StatusCode::permission_denied);
    EXPECT_EQ(status(Write{{3}, file, 0, as_bytes("abc")}), StatusCode::ok);
    EXPECT_EQ(status(Close{{4}, file}), StatusCode::ok);
}

// What may be there is not overwritten.
TEST_F(TreeServerTest, WhereATreeCannotSayWhatIsThereNothingIsPutThere)
{
    struct Unsure final : FileTree {
        std::vector<std::string> changed;
        Result<std::vector<TreeEntry>> list(const std::string&) override { return std::vector<TreeEntry>{}; }
        Result<std::unique_ptr<TreeFile>> open(const std::string&) override { return no_such_file(); }
        Result<Attributes> attributes(const std::string& path) override
        {
            if (path == "/broken")
                return system_failure("the disk is broken", EIO);
            return path == "/secret" ? not_permitted("not for you") : no_such_file();
        }
        Result<void> rename(const std::string&, const std::string& to) override { return changed.push_back(to), Result<void>{}; }
        Result<void> make_directory(const std::string& path, const Attributes&) override
        {
            return changed.push_back(path), Result<void>{};
        }
    } unsure;
    server.emplace(unsure, ServerRules{}, log);
    (void)ask(Init{});
    auto answer = ask(Rename{{1}, "/one", "/broken"});
    EXPECT_EQ(decode<Status>(answer).value().code, StatusCode::failure);
    EXPECT_NE(as_text(answer).find("the disk is broken"), std::string_view::npos);
    EXPECT_EQ(status(Rename{{2}, "/one", "/secret"}), StatusCode::permission_denied);
    EXPECT_EQ(status(Mkdir{{3}, "/broken"}), StatusCode::failure);
    EXPECT_EQ(status(Mkdir{{4}, "/secret"}), StatusCode::permission_denied);
    EXPECT_EQ(unsure.changed, std::vector<std::string>{});
    EXPECT_EQ(status(Rename{{5}, "/one", "/two"}), StatusCode::ok);
    EXPECT_EQ(status(Mkdir{{6}, "/three"}), StatusCode::ok);
    EXPECT_EQ(unsure.changed, (std::vector<std::string>{"/two", "/three"}));
}

// Two functions are a tree; it changes nothing.
TEST(FileTree, RefusesWhatIsNotImplemented)
{
    struct Least final : FileTree {
        Result<std::vector<TreeEntry>> list(const std::string& path) override
        {
            return path == "/a" ? std::vector<TreeEntry>{{"b", file_attributes(3)}} : std::vector<TreeEntry>{};
        }
        Result<std::unique_ptr<TreeFile>> open(const std::string&) override { return file_of(std::make_shared<std::string>("abc")); }
    } tree;
    EXPECT_EQ(tree.attributes("/").value().kind(), FileKind::directory);
    EXPECT_EQ(tree.attributes("/a/b").value().size, 3u);
    EXPECT_FALSE(tree.attributes("/b"));
    EXPECT_EQ(tree.open_to_write("/a/b", OpenFlags::write, {}).error().kind, ErrorKind::not_permitted);
    EXPECT_EQ(tree.remove("/a/b").error().kind, ErrorKind::not_permitted);
    EXPECT_FALSE(tree.make_directory("/c", {}));
    EXPECT_FALSE(tree.remove_directory("/a"));
    EXPECT_FALSE(tree.rename("/a/b", "/a/c"));
    EXPECT_FALSE(tree.change("/a/b", {}));
    EXPECT_FALSE(tree.open("/a/b").value()->write(0, {}));
}

TEST(CleanPath, LeadsNowhereElse)
{
    EXPECT_EQ(clean_path(""), "/");
    EXPECT_EQ(clean_path("."), "/");
    EXPECT_EQ(clean_path("/../../a//b/./c/.."), "/a/b");
    EXPECT_EQ(clean_path("a/"), "/a");
}

} // namespace
} // namespace nacre::sftp
