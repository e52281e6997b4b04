#include "runtime/ssh_client.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "crypto/random.h"
#include "keys/signer.h"
#include "os/fd.h"
#include "runtime/connection_driver.h"
#include "runtime/memory_endpoint.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_server.h"
#include "session/server_session.h"

namespace nacre {
namespace {

constexpr std::array<std::uint8_t, 9> sftp_version{0, 0, 0, 5, 2, 0, 0, 0, 3};

// Says its own command line and ends with 7, "eight" with 8, "stay" not at all; whoever speaks SFTP hears its version.
bool serve(ServedProgram& program)
{
    if (program.kind() == ServedProgram::Kind::subsystem) {
        program.on_data = [&program](Bytes) { program.write(Bytes{sftp_version}); };
        return true;
    }
    program.write(program.command());
    if (program.command() == "stay")
        return true;
    program.end(program.command() == "eight" ? 8 : 7);
    return true;
}

SshClientSettings for_anybody()
{
    return {.answers = {.user = "joe", .host = {.accepts = [](const PublicKey&) { return true; }}}};
}

ServerAnswers to_anybody()
{
    return {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
            .nothing = [](std::string_view) { return true; }};
}

class OneLoop : public testing::Test {
protected:
    OneLoop()
    {
        auto address = server.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
        auto settings = for_anybody();
        settings.host = address.host;
        settings.port = address.port;
        client = SshClient::connect(loop, std::move(settings)).value();
    }

    EventLoop loop = EventLoop::create().value();
    SshServer server{loop, {.answers = to_anybody(), .start = serve}};
    std::unique_ptr<SshClient> client;
};

TEST_F(OneLoop, ProgramsAndFilesFollowEachOther)
{
    for (std::string command : {"one", "two", "three"}) {
        ASSERT_TRUE(client->files());
        auto said = client->capture(command);
        ASSERT_TRUE(said) << said.error().what;
        EXPECT_EQ(as_text(said->out), command);
        EXPECT_EQ(said->end.exit_status(), 7);
    }
}

TEST_F(OneLoop, ALeftProgramIsForgottenAndItsNumberIsFree)
{
    for (int i = 0; i < 3; ++i) {
        auto files = client->files();
        ASSERT_TRUE(files) << files.error().what;
        auto kept = client->files();
        ASSERT_TRUE(kept) << kept.error().what;
        files->reset();
        auto said = client->capture("between");
        ASSERT_TRUE(said);
        EXPECT_EQ(as_text(said->out), "between");
    }
    EXPECT_TRUE(client->wait_until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(OneLoop, AProgramThatHasEndedKeepsItsPlaceUntilSomebodyAsks)
{
    auto start = [&](std::string command) {
        auto endpoint = std::make_unique<MemoryEndpoint>(loop);
        endpoint->start();
        return client->start({.command = std::move(command)}, std::move(endpoint)).value();
    };
    auto first = start("eight");
    ASSERT_TRUE(client->wait_until([&] { return client->has_ended(first); }));
    EXPECT_FALSE(client->channel_of(first));
    auto second = start("seven");                                 // by the channel number of the first
    auto third = start("seven");
    EXPECT_NE(first, second);
    for (auto [program, status] : {std::pair{first, 8}, std::pair{third, 7}, std::pair{second, 7}}) {
        auto end = client->wait_for(program);
        ASSERT_TRUE(end) << end.error().what;
        EXPECT_EQ(end->exit_status(), status);
    }
    EXPECT_FALSE(client->wait_for(first));
}

TEST_F(OneLoop, WhoeverWaitsFailsWhenTheLoopIsAskedToStop)
{
    auto limit = loop.at(loop.now(), [&] { loop.stop(); });
    auto said = client->capture("stay");
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().os_error, ECANCELED);
    loop.stop();                                                  // before the server has said anything
    EXPECT_FALSE(client->capture("one"));
    ASSERT_TRUE(client->capture("one"));
    EXPECT_TRUE(client->wait_until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(OneLoop, WhatTheLoopCallsCannotWaitAndHasSentNothing)
{
    bool called = false;
    auto now = loop.at(loop.now(), [&] {
        called = true;
        EXPECT_FALSE(client->capture("one"));
        EXPECT_FALSE(client->files());
        EXPECT_FALSE(SshClient::connect_over(loop, {}, for_anybody()));
        EXPECT_EQ(client->session().connection().channel_count(), 0U);
    });
    ASSERT_TRUE(client->wait_until([&] { return called; }));
    EXPECT_TRUE(client->capture("one"));
}

TEST_F(OneLoop, AProgramMayBeLeftWhileSomebodyWaitsForIt)
{
    for (bool by_its_own_endpoint : {false, true}) {
        auto owned = std::make_unique<MemoryEndpoint>(loop);
        auto& endpoint = *owned;
        auto program = client->start({.command = "stay"}, std::move(owned)).value();
        auto leaves = loop.at(loop.now(), [&] {
            if (!by_its_own_endpoint)
                client->leave(program);
            endpoint.on_data = [&](Stream, Bytes) { client->leave(program); };
            endpoint.start();
        });
        auto end = client->wait_for(program);
        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().kind, ErrorKind::bad_input);
    }
    EXPECT_TRUE(client->wait_until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(OneLoop, TheEndpointOfALeftProgramIsGoneWithWhatItRefersTo)
{
    auto refers_to = std::make_shared<int>();
    auto endpoint = std::make_unique<FdEndpoint>(loop, EndpointFds{});
    endpoint->on_drained = [refers_to] { FAIL(); };
    auto program = client->start({.command = "stay"}, std::move(endpoint)).value();
    client->leave(program);
    EXPECT_EQ(refers_to.use_count(), 1);
    EXPECT_TRUE(client->wait_until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(OneLoop, AnEndpointMayLeaveItsProgramWhereverItIsCalled)
{
    auto refers_to = std::make_shared<int>();
    auto owned = std::make_unique<MemoryEndpoint>(loop);
    auto& endpoint = *owned;
    auto program = client->start({.command = "stay"}, std::move(owned)).value();
    ASSERT_TRUE(client->capture("one"));                          // what the other says has come by now
    int calls = 0;
    endpoint.on_data = [&, refers_to](Stream, Bytes) {
        ++calls;
        client->leave(program);
    };
    endpoint.on_end = [refers_to] { FAIL(); };
    endpoint.start();
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(loop.run_until([&] { return refers_to.use_count() == 1; }));
    EXPECT_TRUE(client->wait_until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(OneLoop, AnEndThatNobodyWaitsForIsTold)
{
    bool told = false;
    client->on_ended = [&](const Error&) {
        told = true;
        client.reset();
    };
    client->driver().end(system_failure("that is enough").error());
    EXPECT_TRUE(loop.run_until([&] { return told; }));
}

TEST(SshClient, ARefusedLoginIsToldAsOneAlsoWhereTheServerHangsUp)
{
    auto loop = EventLoop::create().value();
    auto answers = to_anybody();
    answers.nothing = nullptr;
    answers.password = [](auto, auto) { return false; };
    answers.most_failures = 1;
    SshServer server{loop, {.answers = std::move(answers), .start = serve}};
    auto address = server.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
    auto settings = for_anybody();
    settings.host = address.host;
    settings.port = address.port;
    settings.answers.password = [](unsigned) { return SecretBytes::copy_of(as_bytes("wrong")); };   // again and again
    auto client = SshClient::connect(loop, std::move(settings));
    ASSERT_FALSE(client);
    EXPECT_TRUE(client.error().what.starts_with("the server disconnected: ")) << client.error().what;
    EXPECT_EQ(client.error().kind, ErrorKind::not_permitted);
    EXPECT_EQ(client.error().reason, DisconnectReason::no_more_auth_methods_available);
}

TEST_F(OneLoop, DescriptorsThatWouldWaitKeepNobodyWaiting)
{
    auto in = make_pipe().value();
    auto limit = loop.at(loop.now(), [&] { loop.stop(); });
    auto end = client->run("stay", {.sink = {}, .stderr_sink = {}, .source = std::move(in.reader), .stderr_source = {}});
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().os_error, ECANCELED);
}

// Agrees to whatever is asked for, and closes the channel, without an EOF, as soon as something is said on it.
class CurtServer final : private ConnectionDriver::Owner {
public:
    CurtServer(EventLoop& loop, Fd socket)
        : session_(server_transport(answers_), random_, log_, loop.now()), answerer_(answers_),
          driver_(loop, Link{.in = std::move(socket), .out = {}}, session_.transport(), session_.connection(), *this, log_)
    {
        driver_.start();
    }
    void hang_up() { driver_.end(system_failure("that took too long").error()); }

private:
    Result<void> drain() override
    {
        return nacre::drain(session_, answerer_, [this](const auto& event) { return on(event); });
    }
    void ended(const Error&) override {}
    Result<void> on(const OpenRequested& event)
    {
        session_.connection().accept(event.channel);
        return {};
    }
    Result<void> on(const Requested& event)
    {
        if (event.want_reply == WantReply::yes)
            session_.connection().answer(event.channel, true);
        return {};
    }
    Result<void> on(const DataArrived& event)
    {
        session_.connection().close(event.channel);
        return {};
    }
    Result<void> on(const auto&) { return {}; }

    ServerAnswers answers_ = to_anybody();
    SystemRandom random_;
    NoLog log_;
    ServerSession session_;
    ServerAnswerer answerer_;
    ConnectionDriver driver_;
};

TEST(RemoteFiles, AChannelThatIsClosedWithoutAnEndOfItsDataIsTheEndOfTheConversation)
{
    auto loop = EventLoop::create().value();
    auto sockets = make_socket_pair().value();
    ASSERT_TRUE(set_blocking(sockets.theirs.number(), Blocking::no));
    CurtServer server{loop, std::move(sockets.theirs)};
    auto client = SshClient::connect_over(loop, {.in = std::move(sockets.ours), .out = {}}, for_anybody());
    ASSERT_TRUE(client) << client.error().what;
    auto too_late = loop.at(loop.now() + std::chrono::seconds{60}, [&] { server.hang_up(); });   // or it would be for ever
    auto files = (*client)->files();
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().what, "the server's SFTP program has ended");
    EXPECT_TRUE((*client)->is_connected());
}

// Answers a request for a program when all that the program has to say is said.
class LateServer final : private ConnectionDriver::Owner {
public:
    enum class Tells { nothing, status, status_and_end };         // of the program's end
    LateServer(EventLoop& loop, Fd socket, Tells tells = Tells::status_and_end)
        : tells_(tells), session_(server_transport(answers_), random_, log_, loop.now()), answerer_(answers_),
          driver_(loop, Link{.in = std::move(socket), .out = {}}, session_.transport(), session_.connection(), *this,
                  log_)
    {
        driver_.start();
    }

private:
    Result<void> drain() override
    {
        return nacre::drain(session_, answerer_, [this](const auto& event) { return on(event); });
    }
    void ended(const Error&) override {}

    Result<void> on(const OpenRequested& event)
    {
        session_.connection().accept(event.channel);
        return {};
    }
    Result<void> on(const Requested& event)
    {
        auto& connection = session_.connection();
        (void)connection.write(event.channel, Stream::data, as_bytes(std::string_view{"early"}));
        connection.answer(event.channel, true);
        if (tells_ != Tells::nothing)
            connection.request(event.channel, ExitStatusRequest{7}, WantReply::no);
        if (tells_ == Tells::status_and_end) {
            connection.finish(event.channel);
            connection.close(event.channel);
        }
        return {};
    }
    Result<void> on(const auto&) { return {}; }

    Tells tells_;
    NoLog log_;
    SystemRandom random_;
    ServerAnswers answers_ = to_anybody();
    ServerSession session_;
    ServerAnswerer answerer_;
    ConnectionDriver driver_;
};

// Copies what it was given when it is told to, and not before.
class Keeper final : public ChannelEndpoint {
public:
    explicit Keeper(std::string& into) : into_(into) {}

    void attached(EndpointHost& host, ChannelId channel) override
    {
        host_ = &host;
        channel_ = channel;
    }
    void deliver(Stream, Bytes data) override { views_.push_back(data); }
    void flush() override
    {
        for (auto view : std::exchange(views_, {})) {
            into_ += as_text(view);
            host_->consumed(channel_, view.size());
        }
    }
    void peer_finished() override {}
    Given collect(Stream, MutableBytes) override { return {.finished = true}; }
    bool delivered_all() const override { return views_.empty(); }

private:
    std::string& into_;
    std::vector<Bytes> views_;
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
};

// Many packets come in one reading, and each is decompressed to where the one before was.
TEST(SshClient, AnEndpointsViewsAreGoodUntilItIsToldToFlushWithCompressionToo)
{
    std::string wanted;
    for (char letter = 'a'; letter <= 'h'; ++letter)
        wanted.append(100'000, letter);
    for (auto compression : {"none", "zlib@openssh.com"}) {
        auto loop = EventLoop::create().value();
        SshServerSettings served{.answers = to_anybody(), .start = [&](ServedProgram& program) {
                                     program.write(as_bytes(wanted));
                                     program.end(0);
                                     return true;
                                 }};
        served.transport.proposal.compressions = compression;
        SshServer server{loop, std::move(served)};
        auto address = server.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
        auto settings = for_anybody();
        settings.host = address.host;
        settings.port = address.port;
        settings.transport.proposal.compressions = compression;
        auto client = SshClient::connect(loop, std::move(settings));
        ASSERT_TRUE(client) << client.error().what;
        std::string kept;
        auto program = (*client)->start({.command = "any"}, std::make_unique<Keeper>(kept));
        ASSERT_TRUE(program) << program.error().what;
        ASSERT_TRUE((*client)->wait_for(*program));
        EXPECT_EQ((*client)->session().transport().views_are_brief(), compression != std::string_view{"none"});
        EXPECT_TRUE(kept == wanted) << compression << ": " << kept.size() << " bytes";
    }
}

constexpr DirectTcpip somewhere{.host = "db", .port = 5432, .originator_address = "127.0.0.1"};

TEST_F(OneLoop, AChannelThatTheServerRefusesIsAnErrorAndItsEndpointIsGone)
{
    auto refers_to = std::make_shared<int>();
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    endpoint->on_end = [refers_to] {};
    auto opened = client->open(somewhere, std::move(endpoint));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::not_permitted);
    EXPECT_EQ(refers_to.use_count(), 1);
    EXPECT_TRUE(client->capture("one"));
}

TEST(SshClient, OpensOtherChannelsThanForPrograms)
{
    auto loop = EventLoop::create().value();
    auto sockets = make_socket_pair().value();
    ASSERT_TRUE(set_blocking(sockets.theirs.number(), Blocking::no));
    CurtServer server{loop, std::move(sockets.theirs)};
    auto client = SshClient::connect_over(loop, {.in = std::move(sockets.ours), .out = {}}, for_anybody()).value();
    auto owned = std::make_unique<MemoryEndpoint>(loop);
    auto& endpoint = *owned;
    auto opened = client->open(somewhere, std::move(owned));
    ASSERT_TRUE(opened) << opened.error().what;
    endpoint.write(Stream::data, as_bytes("hello"));              // which the server answers by closing
    auto end = client->wait_for(*opened);
    ASSERT_TRUE(end) << end.error().what;
    EXPECT_FALSE(end->status);
}

TEST(SshClient, KeepsWhatAProgramWritesBeforeTheServerSaysThatItRuns)
{
    auto loop = EventLoop::create().value();
    auto pair = make_socket_pair().value();
    ASSERT_TRUE(set_blocking(pair.theirs.number(), Blocking::no));
    LateServer server{loop, std::move(pair.theirs)};
    auto client = SshClient::connect_over(loop, Link{.in = std::move(pair.ours), .out = {}}, for_anybody());
    ASSERT_TRUE(client) << client.error().what;
    auto said = (*client)->capture("anything");
    ASSERT_TRUE(said) << said.error().what;
    EXPECT_EQ(as_text(said->out), "early");
    EXPECT_EQ(said->end.exit_status(), 7);
}

TEST(SshClient, AStatusThatWasToldCountsWhereTheServerHangsUp)
{
    for (auto tells : {LateServer::Tells::status, LateServer::Tells::nothing}) {
        auto loop = EventLoop::create().value();
        auto pair = make_socket_pair().value();
        ASSERT_TRUE(set_blocking(pair.theirs.number(), Blocking::no));
        auto server = std::make_unique<LateServer>(loop, std::move(pair.theirs), tells);
        auto client = SshClient::connect_over(loop, Link{.in = std::move(pair.ours), .out = {}}, for_anybody());
        ASSERT_TRUE(client) << client.error().what;
        std::string said;
        auto endpoint = std::make_unique<MemoryEndpoint>(loop);
        endpoint->on_data = [&](Stream, Bytes data) { said += as_text(data); };
        endpoint->start();
        auto program = (*client)->start({.command = "anything"}, std::move(endpoint));
        ASSERT_TRUE(program) << program.error().what;
        server.reset();                                           // what it said has left together with its agreement
        auto end = (*client)->wait_for(*program);
        ASSERT_EQ(end.has_value(), tells == LateServer::Tells::status);
        EXPECT_FALSE((*client)->is_connected());
        EXPECT_EQ(said, "early");
        if (end) {
            EXPECT_EQ(end->exit_status(), 7);
        }
    }
}

TEST(NoHost, IsNotThisMachine)
{
    auto loop = EventLoop::create().value();
    auto client = SshClient::connect(loop, for_anybody());
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().kind, ErrorKind::bad_input);
}

#ifdef __clang__
#pragma clang diagnostic ignored "-Wbraced-scalar-init"           // the braces are what is tried
#endif
TEST_F(OneLoop, ACommandInBracesIsACommand)
{
    auto end = client->run({"eight"}, {});
    ASSERT_TRUE(end) << end.error().what;
    EXPECT_EQ(end->exit_status(), 8);
}

TEST_F(OneLoop, FilesOutliveTheirClientAndFail)
{
    auto files = client->files().value();
    client.reset();
    auto listed = files->list("/");
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().what, "the client of these files is gone");
    EXPECT_FALSE(files->download("/a", "/nonexistent/b"));
    files.reset();
}

} // namespace
} // namespace nacre
