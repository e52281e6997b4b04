#include "runtime/serve_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "keys/signer.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_client.h"
#include "support/memory_tree.h"

namespace nacre {
namespace {

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
    ASSERT_TRUE(files->upload(folder + "/large", "again", {}));
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
    ASSERT_TRUE(client->wait_until([&] { return counting.read > 0; }));
    bool over = false;                                            // a wrong server would have gone on by then
    auto timer = loop.at(loop.now() + std::chrono::milliseconds{200}, [&] { over = true; });
    ASSERT_TRUE(client->wait_until([&] { return over; }));
    EXPECT_LT(counting.read, ChannelLimits{}.window + 2'000'000);
    EXPECT_EQ(heard, 0u);
    input.start();
    ASSERT_TRUE(client->wait_until([&] { return heard > count * each; }));
    EXPECT_EQ(counting.read, count * each);
    EXPECT_TRUE(client->session().connection().is_open(channel));
}

} // namespace
} // namespace nacre
