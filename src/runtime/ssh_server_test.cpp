#include "runtime/ssh_server.h"

#include <gtest/gtest.h>

#include "keys/signer.h"
#include "runtime/memory_endpoint.h"
#include "runtime/ssh_client.h"

namespace nacre {
namespace {

SshServerSettings for_anybody(std::function<bool(ServedProgram&)> start)
{
    return {.answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
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

class SshServerTest : public testing::Test {
protected:
    void serve(SshServerSettings settings)
    {
        server.emplace(loop, std::move(settings));
        address = server->listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
    }

    Result<std::unique_ptr<SshClient>> come()
    {
        return SshClient::connect(loop, {.host = address.host,
                                         .port = address.port,
                                         .answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}}});
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

} // namespace
} // namespace nacre
