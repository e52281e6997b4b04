#include "runtime/ssh_connector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keys/signer.h"
#include "os/socket.h"
#include "runtime/ssh_server.h"
#include "support/limit.h"

namespace nacre {
namespace {

using Client = std::unique_ptr<SshClient>;

SshClientSettings for_anybody(const SocketAddress& address = {})
{
    return {.host = address.host,
            .port = address.port,
            .answers = {.user = "joe", .host = {.accepts = [](const PublicKey&) { return true; }}}};
}

ServerAnswers to_anybody()
{
    return {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
            .nothing = [](std::string_view) { return true; }};
}

bool say_command(ServedProgram& program)
{
    program.write(program.command());
    program.end(7);
    return true;
}

class SshConnectorTest : public testing::Test {
protected:
    // Keeps the outcome, and counts.
    auto keeps(std::optional<Result<Client>>& outcome)
    {
        return [this, &outcome](Result<Client> told) {
            outcome = std::move(told);
            ++told_;
        };
    }
    // What becomes of this attempt.
    template <class... With>
    Result<Client> outcome_of(With... with)
    {
        std::optional<Result<Client>> outcome;
        SshConnector connector{loop_, std::move(with)..., keeps(outcome)};
        EXPECT_FALSE(outcome);
        EXPECT_TRUE(loop_.run_until([&] { return outcome.has_value(); }));
        return std::move(*outcome);
    }
    // One to which nobody comes: connections wait in its queue.
    Fd silent_listener(int backlog)
    {
        auto listener = listen_on(*numeric_address("127.0.0.1", 0), {.backlog = backlog}).value();
        silent_ = local_address(listener.number()).value();
        return listener;
    }
    bool everybody_has_gone()
    {
        return loop_.run_until([&] { return server_.connections() == 0; }).has_value();
    }

    EventLoop loop_ = EventLoop::create().value();
    test::Limit limit_{loop_};
    SshServer server_{loop_, {.answers = to_anybody(), .start = say_command}};
    SocketAddress address_ = server_.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
    SocketAddress silent_;
    int told_ = 0;
};

TEST_F(SshConnectorTest, ManyConnectAndRunSomethingAtOnce)
{
    constexpr int count = 100;
    std::list<SshConnector> connectors;
    std::vector<Client> clients(count);
    std::vector<std::string> said(count);
    std::size_t most = 0;
    for (std::size_t i = 0; i < count; ++i)
        connectors.emplace_back(loop_, for_anybody(address_), [&, i](Result<Client> client) {
            ASSERT_TRUE(client) << client.error().what;
            clients[i] = *std::move(client);
            clients[i]->capture("host " + std::to_string(i), [&, i](Result<ProgramOutput> output) {
                ASSERT_TRUE(output) << output.error().what;
                EXPECT_EQ(output->end.exit_status(), 7);
                said[i] = as_text(output->out);
                most = std::max(most, server_.connections());
                clients[i].reset();
                ++told_;
            });
        });
    ASSERT_TRUE(loop_.run_until([&] { return told_ == count; }));
    for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(said[i], "host " + std::to_string(i));
    EXPECT_GT(most, 1U);
    EXPECT_TRUE(everybody_has_gone());
}

TEST_F(SshConnectorTest, WhatFailsIsToldWithItsReason)
{
    auto nobody = silent_listener(1);
    nobody.close();
    auto refused = outcome_of(for_anybody(silent_));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().os_error, ECONNREFUSED);
    EXPECT_TRUE(refused.error().what.starts_with("127.0.0.1 port ")) << refused.error().what;

    auto suspicious = for_anybody(address_);
    suspicious.answers.host = {};
    auto stranger = outcome_of(std::move(suspicious));
    ASSERT_FALSE(stranger);
    EXPECT_EQ(stranger.error().reason, DisconnectReason::host_key_not_verifiable);

    auto nowhere = outcome_of(for_anybody());
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(told_, 3);
    EXPECT_TRUE(everybody_has_gone());
}

TEST_F(SshConnectorTest, PatienceEndsWhereNobodyAnswers)
{
    auto settings = for_anybody(address_);
    settings.patience = std::chrono::milliseconds{50};
    auto listener = silent_listener(10);                          // the kernel connects, nobody says a word
    settings.port = silent_.port;
    auto mute = outcome_of(settings);
    ASSERT_FALSE(mute);
    EXPECT_EQ(mute.error().os_error, ETIMEDOUT);
    EXPECT_EQ(mute.error().what, "the login took too long");

    auto hole = silent_listener(0);                               // its queue is full: the kernel drops what else comes
    std::vector<Fd> inside;
    for (int i = 0; i < 4; ++i)
        inside.push_back(*start_connect(silent_));
    settings.port = silent_.port;
    auto unconnected = outcome_of(settings);
    ASSERT_FALSE(unconnected);
    EXPECT_EQ(unconnected.error().os_error, ETIMEDOUT);
    EXPECT_TRUE(unconnected.error().what.ends_with("timed out")) << unconnected.error().what;
    EXPECT_EQ(told_, 2);
}

TEST_F(SshConnectorTest, NothingIsToldOnceItIsDestroyed)
{
    std::optional<Result<Client>> outcome;
    auto by_name = for_anybody(address_);
    by_name.host = "localhost";
    for (auto& settings : {for_anybody(address_), by_name, for_anybody()})   // connecting, looking up, failing
        (void)SshConnector{loop_, settings, keeps(outcome)};
    (void)SshConnector{loop_, Link{}, for_anybody(), keeps(outcome)};
    EXPECT_TRUE(outcome_of(for_anybody(address_)));               // by when the others would have been told
    EXPECT_EQ(told_, 1);
}

TEST_F(SshConnectorTest, MayBeDestroyedAtAnyMoment)
{
    int rounds = 0;
    for (std::optional<Result<Client>> outcome; !outcome; ++rounds) {
        SshConnector connector{loop_, for_anybody(address_), keeps(outcome)};
        for (int i = 0; i < rounds && !outcome; ++i)
            ASSERT_TRUE(loop_.run_once());
    }
    EXPECT_EQ(told_, 1);
    EXPECT_GT(rounds, 5);
    EXPECT_TRUE(everybody_has_gone());
}

TEST_F(SshConnectorTest, MayBeDestroyedByWhatItCallsTogetherWithTheClient)
{
    for (auto& settings : {for_anybody(address_), for_anybody()}) {
        auto refers_to = std::make_shared<int>();
        std::optional<SshConnector> connector;
        connector.emplace(loop_, settings, [&, refers_to](Result<Client> client) {
            connector.reset();
            client = bad_input("not any more");
            ++*refers_to, ++told_;
        });
        ASSERT_TRUE(loop_.run_until([&] { return !connector; }));
        EXPECT_EQ(*refers_to, 1);
        EXPECT_EQ(refers_to.use_count(), 1);
    }
    EXPECT_EQ(told_, 2);
    EXPECT_TRUE(everybody_has_gone());
}

TEST_F(SshConnectorTest, WorksFromWhatTheLoopCallsWhereConnectCannot)
{
    std::optional<Result<Client>> outcome, next;
    std::optional<SshConnector> first, second;
    auto now = loop_.at(loop_.now(), [&] {
        EXPECT_FALSE(SshClient::connect(loop_, for_anybody(address_)));
        first.emplace(loop_, for_anybody(address_), [&](Result<Client> client) {
            outcome = std::move(client);
            second.emplace(loop_, for_anybody(address_), keeps(next));
        });
        EXPECT_FALSE(outcome);
    });
    ASSERT_TRUE(loop_.run_until([&] { return next.has_value(); }));
    EXPECT_TRUE(*outcome && *next);
    EXPECT_EQ(server_.connections(), 2U);
}

TEST_F(SshConnectorTest, LogsInOverWhatIsConnectedAlready)
{
    auto pair = make_socket_pair().value();
    server_.serve(std::move(pair.theirs));
    auto client = outcome_of(Link{.in = std::move(pair.ours), .out = {}}, for_anybody());
    ASSERT_TRUE(client) << client.error().what;
    auto said = (*client)->capture("hello");
    ASSERT_TRUE(said) << said.error().what;
    EXPECT_EQ(as_text(said->out), "hello");

    auto nothing = outcome_of(Link{}, for_anybody());
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().kind, ErrorKind::bad_input);

    pair = make_socket_pair().value();
    pair.theirs.close();
    auto closed = outcome_of(Link{.in = std::move(pair.ours), .out = {}}, for_anybody());
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().kind, ErrorKind::system);

    pair = make_socket_pair().value();
    auto settings = for_anybody();
    settings.patience = std::chrono::milliseconds{50};
    auto mute = outcome_of(Link{.in = std::move(pair.ours), .out = {}}, settings);
    ASSERT_FALSE(mute);
    EXPECT_EQ(mute.error().os_error, ETIMEDOUT);
}

// As an error instead of a client, or by the client.
TEST_F(SshConnectorTest, AnEndRightAfterTheLoginIsToldOneWayOrTheOther)
{
    server_.close();
    std::optional<SshServer> server;
    server.emplace(loop_, SshServerSettings{.answers = to_anybody(),
                                            .on_login = [&](const ServedClient& who) { server->disconnect(who.id); },
                                            .start = say_command});
    auto pair = make_socket_pair().value();
    server->serve(std::move(pair.theirs));
    bool ended = false;
    std::optional<Result<Client>> outcome;
    SshConnector connector{loop_, {.in = std::move(pair.ours), .out = {}}, for_anybody(), [&](Result<Client> client) {
                               outcome = std::move(client);
                               if (*outcome)
                                   (**outcome)->on_ended = [&](const Error&) { ended = true; };
                           }};
    ASSERT_TRUE(loop_.run_until([&] { return outcome && (ended || !*outcome); }));
}

} // namespace
} // namespace nacre
