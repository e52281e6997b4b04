#include "sftp/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sftp/handle_table.h"
#include "support/sftp_frame.h"

namespace nacre::sftp {
namespace {

// A server and what a client would have sent and got.
struct Conversation {
    explicit Conversation(ServerRules rules = {}) : server(std::move(rules), log) {}

    template <class T>
    void send(const T& message)
    {
        Buffer frame;
        append_frame(frame, message);
        give(frame.data());
    }
    void give(Bytes bytes)
    {
        while (!bytes.empty()) {
            auto space = server.receive_space();
            auto count = std::min(space.size(), bytes.size());
            std::ranges::copy(bytes.first(count), space.begin());
            server.received(count);
            bytes = bytes.subspan(count);
        }
    }
    void greet()
    {
        send(Init{});
        ASSERT_TRUE(server.next());
        version = take();
    }
    ByteVector take()                                             // one answer
    {
        auto message = next_frame(server.to_send(), frames);
        if (!message || !*message)
            return {};
        auto bytes = to_vector(**message);
        server.sent(frame_header_size + bytes.size());
        return bytes;
    }
    std::optional<StatusCode> status()
    {
        auto bytes = take();
        auto message = decode<Status>(bytes);
        return message ? std::optional{message->code} : std::nullopt;
    }
    bool announces(std::string_view extension) const { return as_text(version).find(extension) != std::string_view::npos; }

    NoLog log;
    Server server;
    ByteVector version;
};

Extended extended(std::string_view extension, Bytes details) { return {RequestId{9}, extension, Rest{details}}; }

TEST(SftpServer, AnnouncesEveryExtensionOfItsTable)
{
    Conversation talk;
    talk.greet();
    for (auto& kind : request_kinds()) {
        EXPECT_TRUE(kind.extension.empty() || talk.announces(kind.extension)) << kind.extension;
    }
}

TEST(SftpServer, EndsWhenSomebodyAsksBeforeTheVersion)
{
    Conversation talk;
    talk.send(Stat{RequestId{1}, "/"});
    EXPECT_FALSE(talk.server.next());
}

TEST(SftpServer, EndsAtAFrameThatCannotBe)
{
    for (auto* bytes : {"00000000", "00040001"}) {
        Conversation talk;
        talk.give(*from_hex(bytes));
        EXPECT_FALSE(talk.server.next()) << bytes;
    }
}

TEST(SftpServer, TakesRequestsInAnySplits)
{
    Conversation talk;
    talk.greet();
    Buffer frame;
    append_frame(frame, Open{RequestId{7}, "/a", OpenFlags::read, {}});
    auto bytes = frame.data();
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        talk.give(bytes.subspan(i, 1));
        auto asked = talk.server.next();
        ASSERT_TRUE(asked && !*asked);
    }
    talk.give(bytes.last(1));
    auto asked = talk.server.next();
    ASSERT_TRUE(asked && *asked);
    EXPECT_EQ((*asked)->id, RequestId{7});
    EXPECT_EQ(std::get<Open>((*asked)->question).path, "/a");
}

TEST(SftpServer, AnswersWhatItDoesNotKnow)
{
    Conversation talk;
    talk.greet();
    talk.give(*from_hex("00000005" "63" "0000002a"));             // number 99, id 42
    talk.send(extended("nobody@example.com", {}));
    talk.give(*from_hex("00000002" "0500"));                      // a READ without even an id
    talk.give(*from_hex("0000000a" "03" "00000001" "ffffffff" "61"));
    auto asked = talk.server.next();
    ASSERT_TRUE(asked && !*asked);
    EXPECT_EQ(talk.status(), StatusCode::op_unsupported);
    EXPECT_EQ(talk.status(), StatusCode::op_unsupported);
    EXPECT_EQ(talk.status(), StatusCode::bad_message);
    EXPECT_EQ(talk.status(), StatusCode::bad_message);
}

TEST(SftpServer, IsReadOnlyInOnePlace)
{
    Conversation talk{{.read_only = true}};
    talk.greet();
    EXPECT_FALSE(talk.announces(extension::posix_rename));
    EXPECT_TRUE(talk.announces(extension::statvfs));
    auto refused = [&](const auto& request) {
        talk.send(request);
        auto asked = talk.server.next();
        return asked && !*asked && talk.status() == StatusCode::permission_denied;
    };
    RequestId id{3};
    Buffer details;
    encode(Writer{details}, Hardlink{{"a", "b"}});
    for (auto flags : {OpenFlags::write, OpenFlags::read | OpenFlags::create, OpenFlags::read | OpenFlags::truncate})
        EXPECT_TRUE(refused(Open{id, "/a", flags, {}})) << flags;
    EXPECT_TRUE(refused(Write{id, "h", 0, {}}));
    EXPECT_TRUE(refused(Setstat{id, "/a", {}}));
    EXPECT_TRUE(refused(Fsetstat{id, "h", {}}));
    EXPECT_TRUE(refused(Remove{id, "/a"}));
    EXPECT_TRUE(refused(Mkdir{id, "/a", {}}));
    EXPECT_TRUE(refused(Rmdir{id, "/a"}));
    EXPECT_TRUE(refused(Rename{id, "/a", "/b"}));
    EXPECT_TRUE(refused(Symlink{id, "/a", "/b"}));
    EXPECT_TRUE(refused(extended(extension::hardlink, details.data())));
    EXPECT_FALSE(refused(Open{id, "/a", OpenFlags::read, {}}));
    EXPECT_FALSE(refused(Read{id, "h", 0, 1}));
}

TEST(SftpServer, DeniesBeforeItAllows)
{
    Conversation talk{{.denied = "stat", .allowed = "*stat,limits"}};
    talk.greet();
    EXPECT_TRUE(talk.announces(extension::limits));
    EXPECT_FALSE(talk.announces(extension::copy_data));
    talk.send(Stat{RequestId{1}, "/"});
    talk.send(Remove{RequestId{2}, "/"});
    talk.send(Lstat{RequestId{3}, "/"});
    auto asked = talk.server.next();
    ASSERT_TRUE(asked && *asked);
    EXPECT_EQ((*asked)->id, RequestId{3});
    EXPECT_EQ(talk.status(), StatusCode::permission_denied);
    EXPECT_EQ(talk.status(), StatusCode::permission_denied);
}

TEST(SftpServer, PutsBytesIntoTheirMessage)
{
    Conversation talk;
    talk.greet();
    auto space = talk.server.data_space(1000);
    ASSERT_EQ(space.size(), 1000u);
    std::ranges::fill(space, std::uint8_t{'x'});
    talk.server.answer_data(RequestId{5}, 3);
    talk.server.answer_status(RequestId{6}, StatusCode::eof);
    auto data_bytes = talk.take();
    auto data = decode<Data>(data_bytes);
    ASSERT_TRUE(data);
    EXPECT_EQ(as_text(data->data), "xxx");
    EXPECT_EQ(talk.status(), StatusCode::eof);
}

// A READ may ask for anything.
TEST(SftpServer, HasRoomForNoMoreThanAMessageMayCarry)
{
    Conversation talk;
    talk.greet();
    auto space = talk.server.data_space(0xffffffff);
    ASSERT_EQ(space.size(), most_data);
    talk.server.answer_data(RequestId{5}, space.size());
    auto bytes = talk.take();
    auto data = decode<Data>(bytes);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->data.size(), most_data);
}

TEST(SftpServer, RefusesWhereTheAnswerIsTooLong)
{
    Conversation talk;
    talk.greet();
    std::string name(most_frame, 'x');
    talk.server.answer(Handle{RequestId{5}, name});
    EXPECT_EQ(talk.status(), StatusCode::failure);
    talk.server.answer_extended(RequestId{6}, Handle{RequestId{6}, name});
    EXPECT_EQ(talk.status(), StatusCode::failure);
    talk.server.answer_status(RequestId{7}, StatusCode::no_such_file, name);
    EXPECT_EQ(talk.status(), StatusCode::no_such_file);
    EXPECT_TRUE(talk.server.to_send().empty());
}

TEST(SftpServer, AnnouncesBytesThatAreSentByAnotherWay)
{
    Conversation talk;
    talk.greet();
    talk.server.announce_data(RequestId{5}, 3);
    ByteVector sent = to_vector(talk.server.to_send());
    for (char byte : {'a', 'b', 'c'})
        sent.push_back(static_cast<std::uint8_t>(byte));
    auto frame = next_frame(sent, frames);
    ASSERT_TRUE(frame && *frame);
    auto data = decode<Data>(**frame);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->id, RequestId{5});
    EXPECT_EQ(as_text(data->data), "abc");
}

TEST(SftpServer, HoldsNoMoreThanABatchOfAnswers)
{
    Conversation talk;
    talk.greet();
    for (int i = 0; i < 20'000; ++i)
        talk.give(*from_hex("00000005" "63" "0000002a"));
    auto asked = talk.server.next();
    ASSERT_TRUE(asked && !*asked);
    EXPECT_LT(talk.server.to_send().size(), Server::enough_unsent + 100);
    EXPECT_FALSE(talk.server.has_room());
    talk.server.sent(talk.server.to_send().size());
    ASSERT_TRUE(talk.server.next());
    EXPECT_FALSE(talk.server.to_send().empty());
}

TEST(SftpFrames, TakeBackWhatWasNotFinished)
{
    Buffer out;
    append_frame(out, Stat{RequestId{1}, "/"});
    auto size = out.size();
    {
        FrameWriter frame{out};
        frame.write().u64(1);
    }
    EXPECT_EQ(out.size(), size);
}

TEST(SftpHandles, AClosedHandleIsNobodysAgain)
{
    HandleTable<int> table;
    auto first = table.add(1);
    EXPECT_EQ(*table.find(as_text(first)), 1);
    EXPECT_TRUE(table.remove(as_text(first)));
    auto second = table.add(2);
    EXPECT_EQ(table.find(as_text(first)), nullptr);
    EXPECT_EQ(table.remove(as_text(first)), nullptr);
    EXPECT_EQ(*table.find(as_text(second)), 2);
    EXPECT_EQ(table.find("abc"), nullptr);
    EXPECT_EQ(table.find(std::string_view{"\0\0\xff\xff", 4}), nullptr);
}

TEST(SftpHandles, AreBounded)
{
    HandleTable<int> table{3};
    for (int i = 0; i < 3; ++i)
        table.add(i);
    EXPECT_TRUE(table.is_full());
    EXPECT_EQ(HandleTable<int>{1'000'000}.most(), most_handles);
}

TEST(SftpRequests, EachNameAndEachNumberStandsOnce)
{
    std::set<std::string_view> names;
    for (auto& kind : request_kinds()) {
        EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
        EXPECT_EQ(kind.extension.empty() ? request_kind(kind.number) : extended_request_kind(kind.extension), &kind);
    }
}

} // namespace
} // namespace nacre::sftp
