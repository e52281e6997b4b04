// Endpoints that leave programs, their own and others: when they are called, and when they are destroyed.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "keys/signer.h"
#include "os/socket.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_client.h"
#include "runtime/ssh_server.h"
#include "support/limit.h"

namespace nacre {
namespace {

enum class Call { deliver, flush, collect, peer_finished, own_timer };

// What an endpoint does when it is called so for the first time, and when it is destroyed; and how far it has come.
struct Acts {
    Call when = Call::deliver;
    std::function<void()> called{}, destroyed{};
    int calls = 0;                                                // on which it did something
    bool is_gone = false;
    std::function<void(Call)> make{};                             // has the endpoint called so: collect or own_timer
};

class Touchy final : public ChannelEndpoint {
public:
    explicit Touchy(Acts& acts) : acts_(acts) {}
    ~Touchy() override
    {
        EXPECT_FALSE(at_work_) << "destroyed by what it called";
        acts_.is_gone = true;
        if (acts_.destroyed)
            acts_.destroyed();
    }

    void attached(EndpointHost& host, ChannelId channel) override
    {
        host_ = &host;
        channel_ = channel;
        acts_.make = [this](Call call) { call == Call::collect ? host_->ready_to_give(channel_) : act(call); };
    }
    void deliver(Stream, Bytes data) override
    {
        waiting_ += data.size();
        act(Call::deliver);
    }
    void flush() override
    {
        host_->consumed(channel_, std::exchange(waiting_, 0));
        act(Call::flush);
    }
    void peer_finished() override { act(Call::peer_finished); }
    Given collect(Stream, MutableBytes) override
    {
        act(Call::collect);
        return {};
    }
    bool delivered_all() const override { return waiting_ == 0; }

private:
    void act(Call which)
    {
        if (which != acts_.when || !acts_.called || acts_.calls > 0)
            return;
        ++acts_.calls;
        at_work_ = true;
        acts_.called();
        at_work_ = false;
    }

    Acts& acts_;
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    std::size_t waiting_ = 0;
    bool at_work_ = false;
};

// A program says "ready", and when it hears something "heard"; "end" ends.  Other channels have a status at once, and
// are closed without an EOF as soon as something comes on them; where they lead to "nowhere" they are refused.
class Served {
public:
    explicit Served(EventLoop& loop)
        : server_(loop, {
              .answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                          .nothing = [](std::string_view) { return true; }},
              .start = [](ServedProgram& program) { return start(program); },
              .on_event = [](ServedPeer& peer, const ConnectionEvent& event) {
                  return std::visit([&](auto& e) { return on(peer, e); }, event);
              },
          }),
          address_(server_.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value())
    {
    }
    const SocketAddress& address() const { return address_; }

private:
    static bool start(ServedProgram& program)
    {
        if (program.kind() == ServedProgram::Kind::subsystem) {
            program.on_data = [&](Bytes) { program.write(encoded_version()); };
            return true;
        }
        program.write("ready");
        program.on_data = [&](Bytes) { program.write("heard"); };
        if (program.command() == "end")
            program.end(0);
        return true;
    }
    static ByteVector encoded_version()
    {
        ByteVector version;
        Writer{version}.string(encode(sftp::Version{sftp::protocol_version, {}}));
        return version;
    }
    static bool on(ServedPeer& peer, const OpenRequested& asked)
    {
        auto to = decode<DirectTcpip>(asked.details);
        if (!to || to->host == "nowhere")
            return false;
        peer.connection.accept(asked.channel);
        peer.connection.request(asked.channel, ExitStatusRequest{7}, WantReply::no);
        return true;
    }
    static bool on(ServedPeer& peer, const DataArrived& event)
    {
        peer.connection.close(event.channel);
        return true;
    }
    static bool on(ServedPeer&, const Closed&) { return true; }
    static bool on(ServedPeer&, const auto&) { return false; }

    SshServer server_;
    SocketAddress address_;
};

class Leaving : public testing::Test {
protected:
    Leaving()
    {
        auto address = served.address();
        auto socket = connect_and_wait(address, {}, std::chrono::seconds{60}).value();
        EXPECT_TRUE(set_no_delay(socket.number()));
        wire = duplicate(socket.number()).value();
        client = SshClient::connect_over(loop, {.in = std::move(socket), .out = {}},
                                         {.answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}}})
                     .value();
    }
    ~Leaving() override
    {
        for (auto& acts : all)                                    // of a test that has failed
            acts.called = acts.destroyed = nullptr;
    }
    Acts& new_acts(Call when = Call::deliver) { return all.emplace_back(Acts{.when = when}); }
    ProgramId start(Acts& acts) { return client->start({.command = "stay"}, std::make_unique<Touchy>(acts)).value(); }
    ProgramId open(Acts& acts)
    {
        return client->open(DirectTcpip{.host = "db"}, std::make_unique<Touchy>(acts)).value();
    }
    void say_something(ChannelId channel)
    {
        EXPECT_EQ(client->session().connection().write(channel, Stream::data, as_bytes(std::string_view{"x"})), 1u);
        client->driver().advance();
    }
    bool has_no_channels() { return client->session().connection().channel_count() == 0; }
    // By a timer, as whatever the loop calls.
    void from_the_loop(const std::function<void()>& act)
    {
        bool done = false;
        auto timer = loop.at(loop.now(), [&] { act(), done = true; });
        ASSERT_TRUE(loop.run_until([&] { return done; }));
    }
    void expect_that_all_goes_on()
    {
        EXPECT_TRUE(client->wait_until([&] { return has_no_channels(); }));
        auto said = client->capture("end");
        ASSERT_TRUE(said) << said.error().what;
        EXPECT_EQ(as_text(said->out), "ready");
    }

    EventLoop loop = EventLoop::create().value();
    test::Limit limit{loop};
    Served served{loop};
    Fd wire;                                                      // the client's socket, by another number
    std::list<Acts> all;
    std::unique_ptr<SshClient> client;
};

TEST_F(Leaving, OneThatIsDestroyedMayLeaveOthersAndTheyOthers)
{
    for (bool by_the_loop : {false, true}) {
        std::vector<ProgramId> programs;
        std::vector<Acts*> acts;
        for (std::size_t i = 0; i < 4; ++i) {
            acts.push_back(&new_acts());
            acts[i]->destroyed = [&, i] {
                client->leave(programs[i]);
                client->leave(programs[(i + 1) % 4]);
            };
            programs.push_back(start(*acts[i]));
        }
        if (by_the_loop)
            from_the_loop([&] { client->leave(programs[0]); });
        else
            client->leave(programs[0]);
        EXPECT_TRUE(loop.run_until([&] { return std::ranges::all_of(acts, &Acts::is_gone); }));
        for (auto program : programs)
            EXPECT_FALSE(client->wait_for(program));
        expect_that_all_goes_on();
    }
}

TEST_F(Leaving, OneThatIsCalledMayLeaveItselfAndOthers)
{
    for (auto when : {Call::deliver, Call::flush, Call::collect, Call::own_timer}) {
        auto &own = new_acts(when), &others = new_acts();
        auto program = start(own), other = start(others);
        ASSERT_TRUE(client->capture("end"));                      // what the others say first has come by now
        own.called = [&] {
            client->leave(other);
            client->leave(program);
            EXPECT_FALSE(own.is_gone);
        };
        if (when == Call::collect)
            own.make(when);
        else if (when == Call::own_timer)
            from_the_loop([&] { own.make(when); });
        else
            say_something(*client->channel_of(program));
        EXPECT_TRUE(loop.run_until([&] { return own.is_gone && others.is_gone; })) << "call " << static_cast<int>(when);
        EXPECT_EQ(own.calls, 1);
        expect_that_all_goes_on();
    }
}

TEST_F(Leaving, OneThatHearsOfItsChannelsEndMayLeaveItselfAndOthers)
{
    auto &own = new_acts(Call::peer_finished), &others = new_acts(), &last = new_acts();
    auto program = open(own), other = start(others), third = start(last);
    own.called = [&] {
        client->leave(program);
        client->leave(other);
        EXPECT_FALSE(own.is_gone);
    };
    own.destroyed = [&] { client->leave(third); };
    say_something(*client->channel_of(program));
    EXPECT_TRUE(loop.run_until([&] { return own.is_gone && others.is_gone && last.is_gone; }));
    EXPECT_EQ(own.calls, 1);
    EXPECT_FALSE(client->wait_for(program));
    expect_that_all_goes_on();
}

// Nobody has closed the channel; a status that was told ends it.
TEST_F(Leaving, OneThatHearsThatTheServerHasHungUpMayLeaveItselfAndOthers)
{
    auto &own = new_acts(Call::peer_finished), &others = new_acts();
    auto program = open(own), other = start(others);
    own.called = [&] {
        client->leave(program);
        client->leave(other);
        EXPECT_FALSE(own.is_gone);
    };
    ASSERT_TRUE(client->capture("end"));                          // the status has come by now
    ASSERT_TRUE(shut_down(wire.number(), ShutDown::receiving));
    EXPECT_FALSE(client->wait_for(program));
    EXPECT_EQ(own.calls, 1);
    EXPECT_FALSE(client->is_connected());
    EXPECT_TRUE(loop.run_until([&] { return own.is_gone && others.is_gone; }));
}

TEST_F(Leaving, OneWhoseChannelIsRefusedMayLeaveOthers)
{
    auto &own = new_acts(), &others = new_acts();
    auto other = start(others);
    own.destroyed = [&] { client->leave(other); };
    EXPECT_FALSE(client->open(DirectTcpip{.host = "nowhere"}, std::make_unique<Touchy>(own)));
    EXPECT_TRUE(loop.run_until([&] { return own.is_gone && others.is_gone; }));
    expect_that_all_goes_on();
}

// It is attached by the user, and let go by the client when its channel is closed.
TEST_F(Leaving, OneThatBelongsToNoProgramMayLeaveThem)
{
    auto &own = new_acts(), &others = new_acts();
    auto other = start(others);
    own.destroyed = [&] { client->leave(other); };
    auto& connection = client->session().connection();
    auto channel = connection.open(DirectTcpip{.host = "db"});
    client->driver().advance();
    ASSERT_TRUE(client->wait_until([&] { return connection.is_open(channel); }));
    client->driver().attach(channel, std::make_unique<Touchy>(own));
    say_something(channel);
    EXPECT_TRUE(loop.run_until([&] { return own.is_gone && others.is_gone; }));
    expect_that_all_goes_on();
}

// Wherever the client has them when it goes.
TEST_F(Leaving, OnesThatOwnRemoteFilesMayGoWithTheClient)
{
    auto &attached = new_acts(), &ended = new_acts(), &left = new_acts();
    for (auto* acts : {&attached, &ended, &left})
        acts->destroyed = [files = std::shared_ptr<RemoteFiles>{client->files().value()}]() mutable { files.reset(); };
    start(attached);
    auto over = open(ended), soon = start(left);
    say_something(*client->channel_of(over));
    ASSERT_TRUE(client->wait_until([&] { return client->has_ended(over); }));
    from_the_loop([&] {
        client->leave(soon);
        client->driver().hold_input(true);
    });
    client.reset();
    EXPECT_TRUE(attached.is_gone && ended.is_gone && left.is_gone);
}

TEST_F(Leaving, OnesThatLeaveOthersMayGoWithTheClient)
{
    auto& leaver = *client;
    std::vector<ProgramId> programs;
    auto leave_all = [&] {
        for (auto program : programs)
            leaver.leave(program);
    };
    for (int i = 0; i < 4; ++i) {
        auto& acts = new_acts();
        acts.destroyed = leave_all;
        programs.push_back(i < 2 ? start(acts) : open(acts));
    }
    say_something(*client->channel_of(programs[3]));
    ASSERT_TRUE(client->wait_until([&] { return client->has_ended(programs[3]); }));
    client.reset();
    EXPECT_TRUE(std::ranges::all_of(all, &Acts::is_gone));
}

} // namespace
} // namespace nacre
