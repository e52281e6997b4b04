// Forwarding by a client and a server of a few lines each, in one loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "connection/channel_kinds.h"
#include "connection/global_requests.h"
#include "keys/signer.h"
#include "runtime/ssh_client.h"
#include "runtime/ssh_server.h"
#include "support/limit.h"

namespace nacre {
namespace {

const SocketAddress any_port{.family = IpFamily::v4, .host = "127.0.0.1", .port = 0};

// ---- a server that forwards, wherever its clients want (ssh -L, ssh -R)

class ForwardingServer {
public:
    explicit ForwardingServer(EventLoop& loop)
        : loop_(loop),
          server_(loop, {
              .answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                          .nothing = [](std::string_view) { return true; }},
              .on_closed = [this](const ServedClient& client) { listeners_.erase(client.id.value); },
              .on_event = [this](ServedPeer& peer, const ConnectionEvent& event) {
                  return std::visit([&](auto& e) { return on(peer, e); }, event);
              },
              .alive_interval = std::chrono::milliseconds{1},
              .alive_count_max = 1000,
          })
    {
    }
    SshServer& server() { return server_; }
    std::size_t listening() const                                 // at so many ports for its clients
    {
        std::size_t count = 0;
        for (auto& [client, ports] : listeners_)
            count += ports.size();
        return count;
    }

private:
    bool on(ServedPeer& peer, const OpenRequested& asked)
    {
        auto to = decode<DirectTcpip>(asked.details);
        if (asked.kind != DirectTcpip::name || !to || to->port > 65535)
            return false;
        peer.sockets.connect(asked.channel, {std::string{to->host}, static_cast<std::uint16_t>(to->port)});
        return true;
    }
    bool on(ServedPeer& peer, const GlobalRequested& asked)
    {
        auto forward = decode<TcpipForward>(asked.details);       // the same fields to cancel it
        if (!forward || forward->port > 65535)
            return false;
        auto& ports = listeners_[peer.client.id.value];
        ByteVector answer;
        if (asked.request == CancelTcpipForward::name) {
            if (ports.erase(forward->port) == 0)
                return false;
        } else if (asked.request == TcpipForward::name) {
            auto port = listen(peer.client.id, *forward);
            if (!port)
                return false;
            answer = forward->port == 0 ? encode(AllocatedPort{*port}) : ByteVector{};
        } else {
            return false;
        }
        if (asked.want_reply == WantReply::yes)
            peer.connection.answer_global(true, answer);
        return true;
    }
    bool on(ServedPeer&, const auto&) { return false; }

    Result<std::uint32_t> listen(ServedClientId client, const TcpipForward& asked)
    {
        auto where = any_port;
        where.port = static_cast<std::uint16_t>(asked.port);
        auto listener = TRY(Listener::listen(loop_, where, [=, this, name = std::string{asked.address}](Accepted came) {
            auto here = local_address(came.socket.number());
            if (auto* peer = server_.peer(client); peer && here)
                peer->sockets.open(ForwardedTcpip{name, here->port, came.peer.host, came.peer.port}, std::move(came.socket));
        }));
        auto port = listener->address().port;
        listeners_[client.value][port] = std::move(listener);
        return port;
    }

    EventLoop& loop_;
    std::map<std::uint64_t, std::map<std::uint32_t, std::unique_ptr<Listener>>> listeners_;   // by client and port
    SshServer server_;
};

// ---- a client whose server listens for it (ssh -R)

// `asked`: the port that the server listens on for us, 0 while it does not (RFC 4254 §7.2: others are refused).
SshClientSettings forwarding_to(const SocketAddress& server, const SocketAddress& target, const std::uint32_t& asked_port)
{
    return {
        .host = server.host,
        .port = server.port,
        .answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}},
        .on_event = [target, &asked_port](SshClient& client, const ConnectionEvent& event) {
            auto* asked = std::get_if<OpenRequested>(&event);
            auto from = asked && asked->kind == ForwardedTcpip::name ? decode<ForwardedTcpip>(asked->details) : bad_input("other");
            if (!from || from->connected_port != asked_port)
                return false;
            client.sockets().connect(asked->channel, {target.host, target.port});
            return true;
        },
    };
}

Result<std::uint16_t> forward_any_port(SshClient& client)
{
    auto answer = TRY(client.global_request(TcpipForward{.address = "localhost", .port = 0}));
    auto allocated = TRY(decode<AllocatedPort>(answer));
    return static_cast<std::uint16_t>(allocated.port);
}

// ---- what is forwarded

// Says back what it has heard, once that has ended.
class Echo {
public:
    explicit Echo(EventLoop& loop) : loop_(loop) {}
    void begin(Fd socket)
    {
        auto& talk = talks_.emplace_back();
        talk.socket = std::move(socket);
        talk.watch = loop_.watch(talk.socket.number(), {.readable = true}, [&talk](Ready) {
            std::array<std::uint8_t, 4096> space;
            auto came = read_some(talk.socket.number(), space);
            if (came && came->bytes > 0)
                std::ranges::copy(Bytes{space}.first(came->bytes), std::back_inserter(talk.heard));
            if (came && !came->end)
                return;
            (void)set_blocking(talk.socket.number(), Blocking::yes);
            (void)write_all(talk.socket.number(), talk.heard);
            talk.watch.reset();
            talk.socket.close();
        });
    }

private:
    struct Talk {
        Fd socket;
        ByteVector heard;
        std::unique_ptr<Watch> watch;
    };
    EventLoop& loop_;
    std::list<Talk> talks_;
};

class Forwarding : public testing::Test {
protected:
    std::unique_ptr<SshClient> come()
    {
        return SshClient::connect(loop, forwarding_to(address, target->address(), asked_port)).value();
    }

    // What comes back from there, where somebody listens.
    std::string ask(std::uint16_t port, std::string_view text)
    {
        auto where = any_port;
        where.port = port;
        auto socket = connect_and_wait(where, {}, std::chrono::seconds{60}).value();
        EXPECT_TRUE(write_all(socket.number(), as_bytes(text)));
        EXPECT_TRUE(shut_down(socket.number(), ShutDown::sending));
        std::string answer;
        bool over = false;
        auto watch = loop.watch(socket.number(), {.readable = true}, [&](Ready) {
            std::array<std::uint8_t, 4096> space;
            auto came = read_some(socket.number(), space);
            over = !came || came->end;
            if (came)
                answer += as_text(Bytes{space}.first(came->bytes));
        });
        EXPECT_TRUE(loop.run_until([&] { return over; })) << "no end of what comes from port " << port;
        return answer;
    }

    std::uint32_t asked_port = 0;
    EventLoop loop = EventLoop::create().value();
    test::Limit limit{loop};
    Echo echo{loop};
    std::unique_ptr<Listener> target =
        Listener::listen(loop, any_port, [this](Accepted came) { echo.begin(std::move(came.socket)); }).value();
    ForwardingServer forwarding{loop};
    SocketAddress address = forwarding.server().listen(any_port).value();
};

TEST_F(Forwarding, TheServerListensForItsClientUntilThatIsCancelled)
{
    auto client = come();
    auto port = forward_any_port(*client).value();
    EXPECT_EQ(ask(port, "hello"), "") << "the client does not know yet that it is his";
    asked_port = port;
    EXPECT_EQ(ask(port, "hello"), "hello");
    EXPECT_EQ(ask(port, std::string(100'000, 'x')), std::string(100'000, 'x'));
    EXPECT_EQ(forwarding.listening(), 1u);
    EXPECT_TRUE(client->global_request(CancelTcpipForward{.address = "localhost", .port = port}));
    EXPECT_EQ(forwarding.listening(), 0u);                        // who asks there now may find somebody else
    auto again = client->global_request(CancelTcpipForward{.address = "localhost", .port = port});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::not_permitted);
}

TEST_F(Forwarding, WhatAClientHasAskedForEndsWithIt)
{
    auto client = come();
    ASSERT_TRUE(forward_any_port(*client));
    EXPECT_EQ(forwarding.listening(), 1u);
    client.reset();
    ASSERT_TRUE(loop.run_until([&] { return forwarding.server().connections() == 0; }));
    EXPECT_EQ(forwarding.listening(), 0u);
}

TEST_F(Forwarding, AClientReachesWhatItsServerReaches)
{
    auto client = come();
    auto to = target->address();
    auto here = Listener::listen(loop, any_port, [&](Accepted came) {
        DirectTcpip there{to.host, to.port, came.peer.host, came.peer.port};
        EXPECT_TRUE(client->sockets().open(there, std::move(came.socket)));
    }).value();
    EXPECT_EQ(ask(here->address().port, "hello"), "hello");
    to = any_port;                                                // where nobody can listen
    EXPECT_EQ(ask(here->address().port, "hello"), "");
    EXPECT_EQ(client->session().connection().channel_count(), 0u);
    EXPECT_TRUE(client->is_connected());
}

TEST_F(Forwarding, SocketsEndWithTheConnection)
{
    auto client = come();
    auto here = make_socket_pair().value();
    auto to = target->address();
    ASSERT_TRUE(client->sockets().open(DirectTcpip{to.host, to.port, "here", 1}, std::move(here.theirs)));
    ASSERT_TRUE(client->wait_until([&] { return client->session().connection().channel_count() == 1; }));
    forwarding.server().close();
    bool over = false;
    auto watch = loop.watch(here.ours.number(), {.readable = true}, [&](Ready) {
        std::array<std::uint8_t, 16> space;
        auto came = read_some(here.ours.number(), space);
        over = !came || came->end;
    });
    ASSERT_TRUE(loop.run_until([&] { return over; }));
    auto late = make_socket_pair().value();
    EXPECT_FALSE(client->sockets().open(DirectTcpip{to.host, to.port, "here", 1}, std::move(late.theirs)));
}

TEST_F(Forwarding, WithoutAWordFromTheHookItIsRefused)
{
    auto client = come();
    auto& connection = client->session().connection();
    (void)connection.open("something-else", {}, {});
    connection.global_request("something-else", {}, WantReply::yes);
    client->driver().advance();
    EXPECT_FALSE(client->global_request("something-else", {}));
    EXPECT_TRUE(client->wait_until([&] { return connection.channel_count() == 0; }));
}

// Answers say not what they are to: those of the client's call and those of somebody beside it must not be mixed up.
TEST_F(Forwarding, EachHearsTheAnswersToHisOwnRequests)
{
    auto settings = forwarding_to(address, target->address(), asked_port);
    std::vector<bool> heard;
    settings.on_event = [&](SshClient&, const ConnectionEvent& event) {
        if (auto* answered = std::get_if<GlobalAnswered>(&event))
            heard.push_back(answered->success);
        return false;
    };
    auto client = SshClient::connect(loop, std::move(settings)).value();
    auto& connection = client->session().connection();
    for (int i = 0; i < 3; ++i) {
        connection.global_request("something-else", {}, WantReply::yes);
        auto port = forward_any_port(*client);
        ASSERT_TRUE(port);
        EXPECT_EQ(heard.size(), static_cast<std::size_t>(i + 1));
        connection.global_request(CancelTcpipForward::name, encode(CancelTcpipForward{"localhost", *port}), WantReply::no);
    }
    EXPECT_EQ(heard, std::vector<bool>(3, false));
    EXPECT_EQ(client->global_request(TcpipForward{.address = "localhost", .port = address.port}).error().kind,
              ErrorKind::not_permitted);
}

// A peer that closes its channel at once does not take from a slow reader what it has sent.
TEST_F(Forwarding, WhatCameBeforeTheEndIsDelivered)
{
    constexpr std::size_t much = 1'500'000;                       // more than sockets hold, less than a window
    bool closed = false;
    SshServer hasty{loop, {
        .answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                    .nothing = [](std::string_view) { return true; }},
        .on_event = [&](ServedPeer& peer, const ConnectionEvent& event) {
            if (auto* asked = std::get_if<OpenRequested>(&event)) {
                peer.connection.accept(asked->channel);
                auto endpoint = std::make_unique<MemoryEndpoint>(loop);
                endpoint->on_sent = [&, channel = asked->channel] { peer.connection.close(channel), peer.driver.advance(); };
                endpoint->write(Stream::data, ByteVector(much));
                endpoint->finish();
                peer.driver.attach(asked->channel, std::move(endpoint));
            }
            closed = closed || std::holds_alternative<Closed>(event);
            return std::holds_alternative<OpenRequested>(event);
        },
    }};
    auto client = SshClient::connect(loop, forwarding_to(hasty.listen(any_port).value(), {}, asked_port)).value();
    auto pair = make_socket_pair().value();
    ASSERT_TRUE(client->sockets().open(DirectTcpip{"there", 1, "here", 1}, std::move(pair.theirs)));
    auto& connection = client->session().connection();
    // Nothing is read before the only channel is closed from there.
    ASSERT_TRUE(client->wait_until([&] { return connection.is_closed_by_peer({0}); }));
    std::size_t heard = 0;
    bool over = false;
    auto watch = loop.watch(pair.ours.number(), {.readable = true}, [&](Ready) {
        ByteVector space(65536);
        auto came = read_some(pair.ours.number(), space);
        heard += came ? came->bytes : 0;
        over = !came || came->end;
    });
    ASSERT_TRUE(loop.run_until([&] { return over; }));
    EXPECT_EQ(heard, much);
    EXPECT_TRUE(client->wait_until([&] { return closed && connection.channel_count() == 0; }));
}

} // namespace
} // namespace nacre
