// What an SshClient tells by functions instead of making somebody wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connection/channel_kinds.h"
#include "connection/global_requests.h"
#include "keys/signer.h"
#include "os/fd.h"
#include "runtime/memory_endpoint.h"
#include "runtime/ssh_client.h"
#include "runtime/ssh_server.h"
#include "support/limit.h"

namespace nacre {
namespace {

constexpr DirectTcpip somewhere{.host = "db", .port = 5432, .originator_address = "127.0.0.1"};
constexpr std::size_t much = 1'000'000;                           // bytes: no pipe holds them

// Says its own command line and ends with 7; "stay" does not end, "much" says more than a pipe holds, "no" is not run.
bool serve(ServedProgram& program)
{
    if (program.command() == "no")
        return false;
    program.write(program.command() == "much" ? std::string(much, 'm') : program.command());
    if (program.command() != "stay")
        program.end(7);
    return true;
}

// Grants listening, asks for something itself before; "be silent" is never answered.
bool grant(ServedPeer& peer, const ConnectionEvent& event)
{
    auto* asked = std::get_if<GlobalRequested>(&event);
    if (!asked || (asked->request != TcpipForward::name && asked->request != "be silent"))
        return false;
    if (asked->request == TcpipForward::name) {
        peer.connection.global_request("hello", {}, WantReply::no);
        peer.connection.answer_global(true, encode(AllocatedPort{4000}));
    }
    return true;
}

class Outcomes : public testing::Test {
protected:
    std::unique_ptr<SshClient> connect()
    {
        auto anybody = [](const PublicKey&) { return true; };
        SshClientSettings settings{.host = address.host,
                                   .port = address.port,
                                   .answers = {.user = "joe", .host = {.accepts = anybody}},
                                   .on_event = [this](SshClient&, const ConnectionEvent&) {
                                       if (on_event)
                                           on_event();
                                       return false;
                                   }};
        return SshClient::connect(loop, std::move(settings)).value();
    }
    bool until(const std::function<bool()>& done) { return loop.run_until(done).has_value(); }
    std::unique_ptr<ChannelEndpoint> started_endpoint()
    {
        auto endpoint = std::make_unique<MemoryEndpoint>(loop);
        endpoint->start();
        return endpoint;
    }
    // Notes what is told, in order.
    template <class T>
    SshClient::Outcome<T> notes(std::string name)
    {
        return [this, name](Result<T> outcome) { told.push_back(name + (outcome ? "" : ": " + outcome.error().what)); };
    }

    EventLoop loop = EventLoop::create().value();
    test::Limit limit{loop};
    std::optional<SshServer> server{
        std::in_place, loop,
        SshServerSettings{.answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                                      .nothing = [](std::string_view) { return true; }},
                          .start = serve,
                          .on_event = grant}};
    std::function<void()> on_event;                               // of every client
    SocketAddress address = server->listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
    std::unique_ptr<SshClient> client = connect();
    std::vector<std::string> told;
};
using Told = std::vector<std::string>;

TEST_F(Outcomes, ManyProgramsRunAtOnceOnOneConnection)
{
    int count = 0;
    for (std::string command : {"one", "two", "three", "four", "five"})
        client->capture(command, [&, command](Result<ProgramOutput> output) {
            ASSERT_TRUE(output) << output.error().what;
            EXPECT_EQ(as_text(output->out), command);
            EXPECT_EQ(output->end.exit_status(), 7);
            ++count;
        });
    EXPECT_EQ(count, 0);
    EXPECT_TRUE(until([&] { return count == 5; }));
    EXPECT_TRUE(until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(Outcomes, AFunctionMayGoOnWithTheSameClientAndDestroyIt)
{
    auto refers_to = std::make_shared<int>();
    client->capture("stay", [refers_to](Result<ProgramOutput>) { FAIL(); });
    client->capture("one", [&](Result<ProgramOutput> first) {
        EXPECT_TRUE(first);
        EXPECT_FALSE(client->capture("waits"));
        client->capture("two", [&](Result<ProgramOutput> second) {
            EXPECT_TRUE(second);
            client.reset();
        });
    });
    EXPECT_TRUE(until([&] { return !client; }));
    EXPECT_EQ(refers_to.use_count(), 1);
}

TEST_F(Outcomes, StartAndEndAreToldInOrder)
{
    auto id = client->start({.command = "one"}, started_endpoint(), notes<ProgramId>("started"));
    client->when_ended(id, notes<ProgramEnd>("ended"));
    EXPECT_TRUE(told.empty());
    ASSERT_TRUE(until([&] { return told.size() == 2; }));
    EXPECT_EQ(told, (Told{"started", "ended"}));
    client->when_ended(id, notes<ProgramEnd>("again"));
    ASSERT_TRUE(until([&] { return told.size() == 3; }));
    EXPECT_EQ(told.back(), "again: no such program");
}

TEST_F(Outcomes, WhatAShortProgramSaidIsThereForWhoStartsItsEndpointLate)
{
    auto owned = std::make_unique<MemoryEndpoint>(loop);
    auto& endpoint = *owned;
    auto program = client->start({.command = "hello"}, std::move(owned));
    ASSERT_TRUE(program);
    ASSERT_TRUE(until([&] { return client->has_ended(*program); }));
    std::string said;
    bool has_ended = false;
    endpoint.on_data = [&](Stream, Bytes data) { said += as_text(data); };
    endpoint.on_end = [&] { has_ended = true; };
    endpoint.start();
    EXPECT_EQ(said, "hello");
    EXPECT_TRUE(has_ended);
    ASSERT_TRUE(client->wait_for(*program));
}

TEST_F(Outcomes, TheLastWhoAsksForAnEndIsToldAlsoWhereSomebodyWaitsForIt)
{
    auto program = client->start({.command = "one"}, std::make_unique<MemoryEndpoint>(loop), {});
    auto asks = loop.at(loop.now(), [&] { client->when_ended(program, notes<ProgramEnd>("told")); });
    EXPECT_FALSE(client->wait_for(program));
    ASSERT_TRUE(until([&] { return !told.empty(); }));
    EXPECT_EQ(told, Told{"told"});
}

TEST_F(Outcomes, AClientMayBeDestroyedWheneverSomebodyRunsAProgram)
{
    int rounds = 0;
    for (bool has_run = false; !has_run; ++rounds) {
        int left = rounds;
        std::unique_ptr<Timer> next;
        std::function<void()> count = [&] {
            if (left-- == 0)
                client.reset();
            else
                next = loop.at(loop.now(), [&] { count(); });
        };
        next = loop.at(loop.now(), [&] { count(); });
        has_run = client->run("one", {}).has_value();
        next.reset();
        client = connect();
    }
    EXPECT_GT(rounds, 2);
}

TEST_F(Outcomes, ARefusalIsToldToWhoeverAsks)
{
    auto id = client->start({.command = "no"}, started_endpoint(), notes<ProgramId>("start"));
    client->when_ended(id, notes<ProgramEnd>("end"));
    client->when_ended(client->start({.command = "no"}, started_endpoint(), {}), notes<ProgramEnd>("end alone"));
    ASSERT_TRUE(until([&] { return told.size() == 3; }));
    auto why = ": the server does not run that";
    EXPECT_EQ(told, (Told{std::string{"start"} + why, std::string{"end"} + why, std::string{"end alone"} + why}));
    EXPECT_TRUE(until([&] { return client->session().connection().channel_count() == 0; }));

    auto refers_to = std::make_shared<int>();
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);
    endpoint->on_end = [refers_to] {};
    std::optional<Result<ProgramId>> opened;
    client->open(somewhere, std::move(endpoint), [&](Result<ProgramId> outcome) {
        opened = std::move(outcome);
        EXPECT_EQ(refers_to.use_count(), 1);                      // its endpoint is gone
    });
    ASSERT_TRUE(until([&] { return opened.has_value(); }));
    ASSERT_FALSE(*opened);
    EXPECT_EQ(opened->error().kind, ErrorKind::not_permitted);
}

TEST_F(Outcomes, OfALeftProgramNothingIsTold)
{
    auto refers_to = std::make_shared<int>();
    auto id = client->start({.command = "one"}, started_endpoint(), [refers_to](Result<ProgramId>) { FAIL(); });
    client->when_ended(id, [refers_to](Result<ProgramEnd>) { FAIL(); });
    client->leave(id);
    EXPECT_EQ(refers_to.use_count(), 1);
    ProgramId other{};
    other = client->start({.command = "one"}, started_endpoint(), [&](Result<ProgramId>) { client->leave(other); });
    client->when_ended(other, [](Result<ProgramEnd>) { FAIL(); });
    EXPECT_TRUE(client->capture("one"));
    EXPECT_TRUE(until([&] { return client->session().connection().channel_count() == 0; }));
    EXPECT_TRUE(client->has_ended(other));
}

TEST_F(Outcomes, GlobalRequestsAreAnsweredInOrderEachByItsOwn)
{
    std::uint32_t port = 0;
    client->global_request(TcpipForward{.address = "localhost", .port = 0}, [&](Result<ByteVector> answer) {
        ASSERT_TRUE(answer);
        port = decode<AllocatedPort>(*answer).value().port;
    });
    client->global_request("nobody@knows", {}, notes<ByteVector>("unknown"));
    EXPECT_TRUE(client->global_request(TcpipForward{.address = "localhost", .port = 0}));
    EXPECT_EQ(port, 4000U);
    EXPECT_EQ(told, (Told{"unknown: the server refuses nobody@knows"}));
}

TEST_F(Outcomes, WhateverIsUnderWayIsToldThatTheConnectionHasEnded)
{
    client->when_ended(client->start({.command = "stay"}, started_endpoint()).value(), notes<ProgramEnd>("end"));
    client->start({.command = "one"}, started_endpoint(), notes<ProgramId>("start"));
    client->capture("one", notes<ProgramOutput>("capture"));
    client->global_request("be silent", {}, notes<ByteVector>("answer"));
    client->on_ended = [&](const Error& why) { told.push_back("on_ended: " + why.what); };
    client->driver().end(system_failure("enough").error());
    EXPECT_TRUE(told.empty());
    ASSERT_TRUE(until([&] { return told.size() == 5; }));
    EXPECT_EQ(told.back(), "on_ended: enough");
    std::ranges::sort(told);
    EXPECT_EQ(told, (Told{"answer: enough", "capture: enough", "end: enough", "on_ended: enough", "start: enough"}));

    client->start({.command = "one"}, started_endpoint(), notes<ProgramId>("later"));
    client->global_request("later@still", {}, notes<ByteVector>("still later"));
    EXPECT_EQ(told.size(), 5U);
    ASSERT_TRUE(until([&] { return told.size() == 7; }));
    EXPECT_EQ(told[5], "later: enough");
    EXPECT_EQ(told[6], "still later: enough");
}

TEST_F(Outcomes, AnEndInTheMiddleOfWhatHasComeIsToldOnce)
{
    on_event = [&] { client->driver().end(system_failure("enough").error()); };
    client->global_request(TcpipForward{.address = "localhost", .port = 0}, notes<ByteVector>("answer"));
    client->on_ended = [&](const Error&) { told.push_back("on_ended"); };
    ASSERT_TRUE(until([&] { return told.size() == 2; }));
    EXPECT_EQ(told, (Told{"answer: enough", "on_ended"}));
}

TEST_F(Outcomes, WhoeverIsToldOfTheEndMayDestroyTheClientBeforeTheOthersAreTold)
{
    auto id = client->start({.command = "stay"}, started_endpoint()).value();
    client->when_ended(id, [&](Result<ProgramEnd> end) {
        EXPECT_FALSE(end);
        client.reset();
    });
    client->global_request("be silent", {}, [](Result<ByteVector>) { FAIL(); });
    client->on_ended = [](const Error&) { FAIL(); };
    server.reset();
    EXPECT_TRUE(until([&] { return !client; }));
}

TEST_F(Outcomes, WhoeverWaitsIsNotLeftWaitingForAClientThatIsGone)
{
    auto none = [](const auto&) { return Result<void>{}; };
    using Wait = std::function<Result<void>()>;
    for (auto& wait : {Wait{[&] { return client->wait_until([] { return false; }); }},
                       Wait{[&] { return client->capture("stay").and_then(none); }},
                       Wait{[&] { return client->global_request("be silent", {}).and_then(none); }}}) {
        auto now = loop.at(loop.now(), [&] { client.reset(); });
        auto waited = wait();
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().kind, ErrorKind::bad_input);
        client = connect();
    }
}

TEST_F(Outcomes, AProgramThatSaysTooMuchIsLeft)
{
    client->capture("much", notes<ProgramOutput>("much"), {}, much - 1);
    client->capture("much", notes<ProgramOutput>("all"), {}, much);
    ASSERT_TRUE(until([&] { return told.size() == 2; }));
    std::ranges::sort(told);
    EXPECT_EQ(told, (Told{"all", "much: the program wrote too much"}));
    EXPECT_TRUE(until([&] { return client->session().connection().channel_count() == 0; }));
}

TEST_F(Outcomes, TheEndIsToldWhenAllHasReachedItsDescriptor)
{
    auto out = make_pipe().value();
    EndpointFds descriptors;
    descriptors.sink = std::move(out.writer);
    auto owned = std::make_unique<FdEndpoint>(loop, std::move(descriptors));
    auto& endpoint = *owned;
    auto id = client->start({.command = "much"}, std::move(owned), notes<ProgramId>("started"));
    client->when_ended(id, notes<ProgramEnd>("ended"));
    ASSERT_TRUE(until([&] { return client->has_ended(id); }));
    endpoint.on_drained = [] {};                                  // is not in the way
    std::size_t read = 0;
    auto reads = loop.watch(out.reader.number(), {.readable = true}, [&](Ready) {
        EXPECT_EQ(told, Told{"started"});
        std::vector<std::uint8_t> space(much);
        read += read_some(out.reader.number(), space).value().bytes;
    });
    ASSERT_TRUE(until([&] { return told.size() == 2; }));
    reads.reset();
    std::vector<std::uint8_t> space(much);
    EXPECT_EQ(read + read_some(out.reader.number(), space).value().bytes, much);
}

TEST_F(Outcomes, WhatIsHeldBackInMemoryDoesNotHoldBackTheEnd)
{
    auto endpoint = std::make_unique<MemoryEndpoint>(loop);       // never started
    endpoint->on_data = [](Stream, Bytes) { FAIL(); };
    auto id = client->start({.command = "one"}, std::move(endpoint)).value();
    EXPECT_TRUE(client->wait_for(id));
}

// Has something on its way for as long as it is told to.
class Slow final : public ChannelEndpoint {
public:
    explicit Slow(const bool& is_done) : is_done_(is_done) {}

    void attached(EndpointHost&, ChannelId) override {}
    void deliver(Stream, Bytes) override {}
    void flush() override {}
    void peer_finished() override {}
    Given collect(Stream, MutableBytes) override { return {.finished = true}; }
    bool delivered_all() const override { return is_done_; }

private:
    const bool& is_done_;
};

TEST_F(Outcomes, AnEndpointOfOnesOwnIsWaitedForAsWell)
{
    bool is_done = false;
    auto id = client->start({.command = "one"}, std::make_unique<Slow>(is_done), {});
    client->when_ended(id, notes<ProgramEnd>("ended"));
    ASSERT_TRUE(until([&] { return client->has_ended(id); }));
    EXPECT_TRUE(client->capture("one"));
    EXPECT_TRUE(told.empty());
    is_done = true;
    EXPECT_TRUE(until([&] { return told == Told{"ended"}; }));
}

} // namespace
} // namespace nacre
