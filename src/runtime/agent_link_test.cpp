#include "runtime/agent_link.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include "keys/private_key.h"
#include "os/temporary_folder.h"
#include "os/unix_socket.h"
#include "os/waiting.h"
#include "runtime/credentials.h"
#include "runtime/framed.h"
#include "support/in_child.h"

namespace nacre {
namespace {

struct AgentsPlace : testing::Test {
    TemporaryFolder folder = TemporaryFolder::create("agent-link-test").value();
    std::string path = folder.path() + "/socket";
    Fd listener = listen_unix(path).value();
};

TEST_F(AgentsPlace, AnAgentThatIsGoneIsAnErrorAndNoSignal)
{
    auto link = AgentLink::connect(path).value();
    accept_unix(listener.number()).value()->close();
    auto status = test::in_child([&] {
        ::signal(SIGPIPE, SIG_DFL);
        auto signature = link.sign({}, "ssh-ed25519", {});
        return signature ? 0 : signature.error().os_error;
    });
    EXPECT_EQ(status, EPIPE);
}

// Answers the first request of each connection, and hangs up: as agents that are started again.
TEST_F(AgentsPlace, AKeyOfAnAgentAsksTheOneThatIsThereNow)
{
    auto key = PrivateKey::generate(KeyKind::ed25519, 0).value();
    agent::IdentitiesAnswer keys;
    keys.identities.items.push_back({key.public_key().blob(), "mine"});
    auto blob = key.sign("ssh-ed25519", as_bytes("data")).value();
    std::vector answers{encode(keys), encode(agent::SignResponse{blob}), encode(agent::SignResponse{blob})};
    std::jthread agents{[&] {
        for (auto& answer : answers) {
            wait_until_readable(listener.number());
            auto client = *accept_unix(listener.number()).value();
            (void)read_frame(client.number(), agent::frames);
            (void)write_frame(client.number(), answer);
        }
    }};
    auto signers = signers_of_agent(path);
    ASSERT_TRUE(signers) << signers.error().what;
    ASSERT_EQ(signers->size(), 1U);
    for (int i = 0; i < 2; ++i) {
        auto signature = signers->front().sign("ssh-ed25519", as_bytes("data"));
        ASSERT_TRUE(signature) << signature.error().what;
        EXPECT_EQ(*signature, blob);
    }
}

} // namespace
} // namespace nacre
