#include "runtime/serve_files.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/program_end.h"
#include "keys/signer.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_client.h"
#include "support/limit.h"
#include "support/memory_tree.h"

namespace nacre {
namespace {

constexpr std::size_t window = ChannelLimits{}.window;

// What the process has of the heap, in bytes.
std::size_t allocated()
{
    auto now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
}

// A client that speaks SFTP on a channel which nothing may be sent on, before it has opened a window.
class ShutClient {
public:
    ShutClient(EventLoop& loop, SshServer& server)
    {
        auto address = server.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
        client_ = SshClient::connect(loop, {.host = address.host, .port = address.port,
                                            .answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}},
                                            .on_event = [this](SshClient&, const ConnectionEvent& event) {
                                                std::visit([this](auto& e) { on(e); }, event);
                                                return true;
                                            }}).value();
        channel_ = connection().open(SessionChannel{}, {.window = 0});
        client_->driver().advance();
        EXPECT_TRUE(client_->wait_until([&] { return connection().is_open(channel_); }));
        connection().request(channel_, SubsystemRequest{"sftp"}, WantReply::yes);
        client_->driver().advance();
        EXPECT_TRUE(client_->wait_until([&] { return is_served_; }));
    }

    // As much of it as the server takes now: how much that was, in bytes.
    std::size_t say(Bytes bytes)
    {
        auto count = connection().write(channel_, Stream::data, bytes);
        client_->driver().advance();
        return count;
    }
    void open_window()
    {
        connection().widen(channel_, window);
        client_->driver().advance();
    }
    Result<void> wait_until(const std::function<bool()>& done) { return client_->wait_until(done); }
    const ByteVector& heard() const { return heard_; }
    const ProgramEnd& end() const { return end_; }
    bool is_closed() const { return is_closed_; }

private:
    Connection& connection() { return client_->session().connection(); }
    void on(const RequestAnswered& event) { is_served_ = event.success; }
    void on(const DataArrived& event)
    {
        heard_.insert(heard_.end(), event.data.begin(), event.data.end());
        connection().data_consumed(event.channel, event.data.size());
    }
    void on(const Requested& event)
    {
        if (auto end = read_program_end(event))
            end_.learn(*std::move(end));
    }
    void on(const Closed&) { is_closed_ = true; }
    void on(const auto&) {}

    std::unique_ptr<SshClient> client_;
    ChannelId channel_{};
    bool is_served_ = false, is_closed_ = false;
    ByteVector heard_;
    ProgramEnd end_;
};

class ServeFiles : public testing::Test {
protected:
    SshServerSettings settings()
    {
        return {.answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                            .nothing = [](std::string_view) { return true; }},
                .start = [this](ServedProgram& program) { return serve_files(program, tree); }};
    }
    std::unique_ptr<SshClient> come(SshServer& which)
    {
        auto address = which.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
        return SshClient::connect(loop, {.host = address.host, .port = address.port,
                                         .answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}}})
            .value();
    }

    EventLoop loop = EventLoop::create().value();
    test::Limit limit{loop};
    test::MemoryTree tree;
    SshServer server{loop, settings()};
};

TEST_F(ServeFiles, ThereAndBack)
{
    std::string content(3'000'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i * 31 >> 3);
    char name[] = "/tmp/nacre-serve-files-XXXXXX";
    std::string folder = ::mkdtemp(name);
    tree.files["/large"] = content;
    auto client = come(server);
    auto files = client->files().value();
    ASSERT_TRUE(files->download("large", folder + "/large", {}));
    ASSERT_TRUE(files->upload(folder + "/large", "again", {.sync = true}));   // which is asked for, and not demanded
    EXPECT_TRUE(tree.files["/again"] == content);
    for (int i = 0; i < 3000; ++i)
        tree.files["/many/" + std::to_string(i)] = "x";
    tree.directories["/many"] = 0755;
    EXPECT_EQ(files->list("many").value().size(), 3000u);
    auto missing = files->download("missing", folder + "/missing", {});
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().what.find("No such file"), std::string::npos);
    (void)::unlink((folder + "/large").c_str());
    (void)::rmdir(folder.c_str());
}

TEST_F(ServeFiles, NothingElseIsRun)
{
    auto client = come(server);
    EXPECT_FALSE(client->capture("ls"));
    EXPECT_FALSE(client->start({.command = "other", .is_subsystem = true}, std::make_unique<MemoryEndpoint>(loop)));
}

// What comes behind a broken message is not kept, and its end does not make a success of it.
TEST_F(ServeFiles, WhatIsNoSftpIsAFailure)
{
    auto client = come(server);
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    auto& input = *endpoint;
    ByteVector said;
    Writer{said}.string(encode(sftp::Init{})).u32(0);             // a message without a first byte
    said.resize(said.size() + 1'000'000);
    input.write(Stream::data, said);
    input.finish();
    auto program = client->start({.command = "sftp", .is_subsystem = true}, std::move(endpoint)).value();
    input.start();
    EXPECT_EQ(client->wait_for(program).value().status, 1u);
}

// And it does not take the answers with it to what was said before, nor the end, though both have to wait.
TEST_F(ServeFiles, WhatIsNoSftpIsAFailureAlsoForWhoeverTakesNoAnswerYetAndGoesOn)
{
    for (bool in_one_packet : {true, false}) {
        ShutClient client{loop, server};
        ByteVector said;
        Writer{said}.string(encode(sftp::Init{}));
        if (!in_one_packet)
            (void)client.say(std::exchange(said, {}));
        Writer{said}.u32(0);
        ASSERT_EQ(client.say(said), said.size());
        auto before = allocated();
        std::size_t behind = 0;
        const ByteVector more(100'000);
        auto is_enough = [&] { return client.is_closed() || (behind += client.say(more)) > 16 * window; };
        ASSERT_TRUE(client.wait_until(is_enough));
        ASSERT_FALSE(client.is_closed()) << "something has waited for a window";
        EXPECT_LT(allocated(), before + 4 * window);
        EXPECT_TRUE(client.heard().empty());
        client.open_window();
        ASSERT_TRUE(client.wait_until([&] { return client.is_closed(); }));
        Reader answers{client.heard()};
        auto version = decode<sftp::Version>(answers.string());
        ASSERT_TRUE(version) << client.heard().size() << " bytes";
        EXPECT_EQ(version->version, sftp::protocol_version);
        EXPECT_EQ(answers.left(), 0u);
        EXPECT_EQ(client.end().status, 1u);
    }
}

// As many as may be unsent, and another one that is answered in the same breath as the broken message is found.
TEST_F(ServeFiles, ABrokenMessageBehindManyQuestionsEndsWhatIsAnsweredThen)
{
    constexpr std::uint32_t around = 4 + 1 + 4 + 4, each = 200'000;
    tree.files["/large"] = std::string(each, 'x');
    const ByteVector more(100'000);
    for (std::uint32_t count : {6u, 7u}) {
        ShutClient client{loop, server};
        ByteVector requests;
        auto add = [&](const auto& request) { Writer{requests}.string(encode(request)); };
        add(sftp::Init{});
        add(sftp::Open{.id = {1}, .path = "/large", .flags = sftp::OpenFlags::read});
        for (std::uint32_t i = 0; i < count; ++i)
            add(sftp::Read{{2}, std::string(4, '\0'), 0, each});
        Writer{requests}.u32(0);
        auto before = allocated();
        auto said = client.say(requests);
        ASSERT_EQ(said, requests.size());
        ASSERT_TRUE(client.wait_until([&] { return client.is_closed() || (said += client.say(more)) == window; }));
        EXPECT_LT(allocated(), before + 4 * window);
        client.open_window();
        ASSERT_TRUE(client.wait_until([&] { return client.is_closed(); }));
        EXPECT_GT(client.heard().size(), count * (around + each));
        EXPECT_EQ(client.end().status, 1u);
    }
}

// The other side has as much unsent as may be, and not a byte more.
TEST_F(ServeFiles, AnswersThatAddUpToTheBoundGoOn)
{
    tree.files["/large"] = std::string(4 * MemoryEndpoint::most_unsent, 'x');
    auto client = come(server);
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    auto& input = *endpoint;
    std::size_t heard = 0;
    input.on_data = [&](Stream, Bytes data) { heard += data.size(); };
    constexpr std::uint32_t around = 4 + 1 + 4 + 4, count = 32, each = MemoryEndpoint::most_unsent / 8 - around;
    ByteVector requests;
    auto add = [&](const auto& request) { Writer{requests}.string(encode(request)); };
    add(sftp::Init{});
    add(sftp::Open{.id = {1}, .path = "/large", .flags = sftp::OpenFlags::read});
    for (std::uint32_t i = 0; i < count; ++i)
        add(sftp::Read{{2}, std::string(4, '\0'), i * each, each});
    input.write(Stream::data, requests);
    auto program = client->start({.command = "sftp", .is_subsystem = true}, std::move(endpoint)).value();
    input.start();
    EXPECT_TRUE(client->wait_until([&] { return heard > count * (each + around); }));
    input.finish();
    EXPECT_EQ(client->wait_for(program).value().status, 0u);
}

// Whoever asks for much and reads nothing is not answered on and on.
TEST_F(ServeFiles, AClientThatDoesNotListenWaits)
{
    struct Counting final : sftp::FileTree {
        std::size_t read = 0;
        struct File final : sftp::TreeFile {
            explicit File(std::size_t& whose) : count(whose) {}
            Result<sftp::Attributes> attributes() override { return sftp::file_attributes(0); }
            Result<std::size_t> read(std::uint64_t, MutableBytes space) override { return count += space.size(), space.size(); }
            std::size_t& count;
        };
        Result<std::vector<sftp::TreeEntry>> list(const std::string&) override { return sftp::no_such_file(); }
        Result<std::unique_ptr<sftp::TreeFile>> open(const std::string&) override { return std::make_unique<File>(read); }
    };
    auto own = std::make_unique<Counting>();
    auto& counting = *own;
    auto greedy = settings();
    greedy.start = [&](ServedProgram& program) { return serve_files(program, std::move(own)); };
    SshServer other{loop, std::move(greedy)};
    auto client = come(other);
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    auto& input = *endpoint;
    std::size_t heard = 0;
    input.on_data = [&](Stream, Bytes data) { heard += data.size(); };
    ByteVector requests;
    auto add = [&](const auto& request) { Writer{requests}.string(encode(request)); };
    add(sftp::Init{});
    add(sftp::Open{.id = {1}, .path = "/x", .flags = sftp::OpenFlags::read});
    constexpr std::size_t count = 200, each = 200'000;
    std::string handle(4, '\0');                                  // of the first file
    for (std::size_t i = 0; i < count; ++i)
        add(sftp::Read{{2}, handle, 0, each});
    input.write(Stream::data, requests);
    auto program = client->start({.command = "sftp", .is_subsystem = true}, std::move(endpoint)).value();
    auto channel = client->channel_of(program).value();
    // One window of what nobody reads, and what is held beyond it.
    ASSERT_TRUE(client->wait_until([&] { return client->driver().traffic(channel).in == window; }));
    for (int round = 0; round < 3; ++round)                       // a wrong server would go on in these
        EXPECT_FALSE(client->global_request("anything", {}));
    EXPECT_LT(counting.read, window + 2'000'000);
    EXPECT_EQ(heard, 0u);
    input.start();
    ASSERT_TRUE(client->wait_until([&] { return heard > count * each; }));
    EXPECT_EQ(counting.read, count * each);
    EXPECT_TRUE(client->session().connection().is_open(channel));
}

} // namespace
} // namespace nacre
