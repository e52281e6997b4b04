#include "runtime/ssh_server.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "connection/channel_requests.h"
#include "keys/signer.h"
#include "runtime/memory_endpoint.h"
#include "runtime/ssh_client.h"

namespace nacre {
namespace {

Signer new_key() { return signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value()); }

SshServerSettings for_anybody(std::function<bool(ServedProgram&)> start)
{
    return {.answers = {.host_keys = {new_key()},
                        .nothing = [](std::string_view) { return true; }},
            .start = std::move(start)};
}

// Echoes its command line.
bool say(ServedProgram& program)
{
    program.write(program.command());
    program.end(0);
    return true;
}

SshClientSettings visitor(std::vector<Signer> keys = {})
{
    return {.answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}, .keys = std::move(keys)}};
}

class SshServerTest : public testing::Test {
protected:
    void serve(SshServerSettings settings)
    {
        server.emplace(loop, std::move(settings));
        address = server->listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
    }

    Result<std::unique_ptr<SshClient>> come(std::vector<Signer> keys = {})
    {
        auto settings = visitor(std::move(keys));
        settings.host = address.host;
        settings.port = address.port;
        return SshClient::connect(loop, std::move(settings));
    }

    EventLoop loop = EventLoop::create().value();
    std::optional<SshServer> server;
    SocketAddress address;
};

TEST_F(SshServerTest, WhatAProgramDoesNotTakeStaysWithTheClient)
{
    std::size_t heard = 0;
    ServedProgram* slow = nullptr;
    serve(for_anybody([&](ServedProgram& program) {
        if (program.command() != "slow")
            return say(program);
        slow = &program;
        program.on_data = [&](Bytes data) {
            heard += data.size();
            program.hold_input(heard < 1024 * 1024);
        };
        return true;
    }));
    auto client = come().value();
    constexpr std::size_t window = ChannelLimits{}.window;
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    auto& input = *endpoint;
    input.start();
    input.write(Stream::data, ByteVector(3 * window));
    ASSERT_TRUE(client->start({.command = "slow"}, std::move(endpoint)));
    ASSERT_TRUE(client->wait_until([&] { return heard > 0 && input.unsent() <= 2 * window; }));
    auto first = heard;
    EXPECT_EQ(as_text(client->capture("other").value().out), "other");   // others go on
    EXPECT_EQ(heard, first);
    EXPECT_EQ(input.unsent(), 2 * window);

    slow->hold_input(false);
    ASSERT_TRUE(client->wait_until([&] { return heard == 3 * window; }));
    EXPECT_EQ(input.unsent(), 0u);
}

TEST_F(SshServerTest, AProgramKnowsWithWhichKeyItsUserHasLoggedIn)
{
    auto owners = new_key(), guests = new_key();
    auto settings = for_anybody([&](ServedProgram& program) {
        auto& client = program.client();
        program.write(client.key == owners.key ? "owner" : client.key == guests.key ? "guest" : "nobody");
        program.write(" " + client.user + " " + client.method + " " + client.address->host);
        program.end(0);
        return true;
    });
    settings.answers.nothing = nullptr;
    settings.answers.key = [](auto, auto&) { return true; };
    serve(std::move(settings));
    auto first = come({owners}).value(), second = come({guests}).value();
    EXPECT_EQ(as_text(first->capture("").value().out), "owner joe publickey 127.0.0.1");
    EXPECT_EQ(as_text(second->capture("").value().out), "guest joe publickey 127.0.0.1");
}

TEST_F(SshServerTest, LoginsAndEndsAreTold)
{
    std::vector<std::string> told;
    auto settings = for_anybody(say);
    settings.on_login = [&](const ServedClient& client) { told.push_back("login " + client.user + " " + client.method); };
    settings.on_closed = [&](const ServedClient& client) { told.push_back("closed " + client.user); };
    serve(std::move(settings));
    ASSERT_TRUE(come());                                          // and leaves
    auto pair = make_socket_pair().value();
    ASSERT_TRUE(set_blocking(pair.ours.number(), Blocking::no));
    server->serve(std::move(pair.ours));
    pair.theirs.close();
    while (server->connections() > 0)
        ASSERT_TRUE(loop.run_once());
    std::ranges::sort(told);
    EXPECT_EQ(told, (std::vector<std::string>{"closed ", "closed joe", "login joe none"}));
}

TEST_F(SshServerTest, AnswersMayDependOnWhoComes)
{
    std::size_t come_so_far = 0;
    auto settings = for_anybody(say);
    settings.answers_for = [&, answers = settings.answers](const ServedClient& client) -> std::optional<ServerAnswers> {
        EXPECT_EQ(client.id.value, ++come_so_far);
        EXPECT_EQ(client.address->host, "127.0.0.1");
        auto own = answers;
        if (come_so_far == 2)
            own.nothing = nullptr;
        return come_so_far == 3 ? std::nullopt : std::optional{own};
    };
    serve(std::move(settings));
    auto first = come();
    ASSERT_TRUE(first) << first.error().what;
    EXPECT_EQ(as_text((*first)->capture("word").value().out), "word");
    auto second = come();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::not_permitted);
    auto third = come();
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().kind, ErrorKind::system) << third.error().what;
}

TEST_F(SshServerTest, AProgramMayEndByASignal)
{
    serve(for_anybody([](ServedProgram& program) {
        program.write("killed");
        program.end_by_signal("TERM");
        return true;
    }));
    auto client = come().value();
    auto said = client->capture("anything").value();
    EXPECT_EQ(as_text(said.out), "killed");
    EXPECT_FALSE(said.end.status);
    EXPECT_EQ(said.end.signal, "TERM");
}

TEST_F(SshServerTest, ATerminalHasItsSizeAndModes)
{
    ServedProgram::Terminal seen;
    auto settings = for_anybody([&](ServedProgram& program) {
        seen = program.terminal().value();
        program.on_resize = [&](const ServedProgram::Terminal& now) {
            seen = now;
            program.end(0);
        };
        return true;
    });
    settings.terminals = true;
    serve(std::move(settings));
    auto client = come().value();
    TerminalModes modes{{53, 0}, {3, 127}};                       // ECHO, VERASE
    RemoteCommand::Terminal terminal{
        .name = "vt", .columns = 80, .rows = 24, .width_pixels = 800, .height_pixels = 480, .modes = modes};
    auto program = client->start({.terminal = terminal}, std::make_unique<MemoryEndpoint>(loop)).value();
    EXPECT_EQ(seen.modes, modes);
    EXPECT_EQ(seen.width_pixels, 800u);
    EXPECT_EQ(seen.height_pixels, 480u);

    client->session().connection().request(*client->channel_of(program), WindowChange{100, 30, 1000, 600}, WantReply::no);
    client->driver().advance();
    ASSERT_TRUE(client->wait_for(program));
    EXPECT_EQ(seen.columns, 100u);
    EXPECT_EQ(seen.width_pixels, 1000u);
    EXPECT_EQ(seen.height_pixels, 600u);
    EXPECT_EQ(seen.modes, modes);
}

TEST_F(SshServerTest, AClientsWordMayCloseTheServer)
{
    std::vector<std::string> told;
    auto settings = for_anybody([&](ServedProgram& program) {
        program.on_data = [&](Bytes data) {
            told.emplace_back(as_text(data));
            server->close();
            EXPECT_EQ(server->connections(), 2u);
        };
        program.on_gone = [&] { told.emplace_back("gone"); };
        return true;
    });
    serve(std::move(settings));
    auto idle = come().value(), client = come().value();
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    endpoint->write(Stream::data, as_bytes("shutdown"));
    auto program = client->start({}, std::move(endpoint)).value();
    EXPECT_FALSE(client->wait_for(program));
    EXPECT_FALSE(idle->wait_until([] { return false; }));
    EXPECT_FALSE(come());
    client.reset();
    idle.reset();
    loop.run();                                                   // nothing is left to wait for
    EXPECT_EQ(server->connections(), 0u);
    EXPECT_EQ(told, (std::vector<std::string>{"shutdown", "gone"}));
}

TEST_F(SshServerTest, OneClientIsHungUpOnFromItsOwnProgram)
{
    std::optional<ServedClientId> unwanted;
    serve(for_anybody([&](ServedProgram& program) {
        if (program.command() != "leave")
            return say(program);
        unwanted = program.client().id;
        EXPECT_TRUE(server->disconnect(*unwanted));
        return true;
    }));
    auto other = come().value(), client = come().value();
    EXPECT_FALSE(client->capture("leave"));
    ASSERT_TRUE(unwanted);
    EXPECT_FALSE(server->disconnect(*unwanted));
    EXPECT_EQ(as_text(other->capture("stay").value().out), "stay");
}

TEST_F(SshServerTest, ToDestroyTheServerWhileItCallsIsSeenToBeAMistake)
{
    serve(for_anybody([&](ServedProgram&) {
        server.reset();
        return true;
    }));
    auto client = come().value();
    EXPECT_DEATH((void)client->capture("anything"), "broken contract");
}

TEST_F(SshServerTest, AClientThatAnswersNoMoreIsGivenUp)
{
    auto settings = for_anybody(say);
    settings.alive_interval = std::chrono::milliseconds{5};
    serve(std::move(settings));
    auto pair = make_socket_pair().value();
    for (auto* end : {&pair.ours, &pair.theirs})
        ASSERT_TRUE(set_blocking(end->number(), Blocking::no));
    server->serve(std::move(pair.theirs));
    auto client = SshClient::connect_over(loop, Link{.in = std::move(pair.ours), .out = {}}, visitor()).value();
    auto& transport = client->session().transport();
    auto before = transport.bytes_received();
    ASSERT_TRUE(client->wait_until([&] { return transport.bytes_received() > before + 1000; }));   // many questions
    EXPECT_EQ(server->connections(), 1u);
    client->driver().hold_input(true);
    while (server->connections() > 0)
        ASSERT_TRUE(loop.run_once());
}

TEST_F(SshServerTest, StrangersMakeRoomForWhoeverComesAfterThem)
{
    auto settings = for_anybody(say);
    settings.most_logging_in = 3;
    serve(std::move(settings));
    auto known = come().value();
    std::vector<Fd> strangers;
    for (int i = 0; i < 20; ++i)
        strangers.push_back(connect_and_wait(address).value());
    auto client = come();                                         // behind all of them
    ASSERT_TRUE(client) << client.error().what;
    EXPECT_EQ(as_text((*client)->capture("new").value().out), "new");
    EXPECT_EQ(as_text(known->capture("old").value().out), "old");
    EXPECT_LE(server->connections(), 5u);
}

TEST_F(SshServerTest, NobodyMakesRoomWhereAllHaveLoggedIn)
{
    auto settings = for_anybody(say);
    settings.most_connections = 2;
    serve(std::move(settings));
    auto first = come().value();
    auto stranger = connect_and_wait(address).value();
    auto second = come();                                         // in the stranger's place
    ASSERT_TRUE(second) << second.error().what;
    EXPECT_FALSE(come());
    for (auto* client : {&first, &*second})
        EXPECT_EQ(as_text((*client)->capture("here").value().out), "here");
}

TEST_F(SshServerTest, WithoutAHostKeyItDoesNotListen)
{
    auto settings = for_anybody(say);
    settings.answers.host_keys.clear();
    SshServer nameless{loop, settings};
    auto listening = nameless.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0});
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().kind, ErrorKind::bad_input);
    settings.answers_for = [](const ServedClient&) { return std::nullopt; };
    SshServer choosy{loop, settings};
    EXPECT_TRUE(choosy.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}));
}

} // namespace
} // namespace nacre
