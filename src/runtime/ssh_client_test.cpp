#include "runtime/ssh_client.h"

#include <gtest/gtest.h>

#include <array>

#include "connection/channel_requests.h"
#include "crypto/random.h"
#include "keys/signer.h"
#include "os/fd.h"
#include "runtime/connection_driver.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_server.h"
#include "session/server_session.h"

namespace nacre {
namespace {

constexpr std::array<std::uint8_t, 9> sftp_version{0, 0, 0, 5, 2, 0, 0, 0, 3};

// Says its own command line and ends with 7; whoever speaks SFTP hears its version.
bool serve(ServedProgram& program)
{
    if (program.kind() == ServedProgram::Kind::subsystem) {
        program.on_data = [&program](Bytes) { program.write(Bytes{sftp_version}); };
        return true;
    }
    program.write(program.command());
    program.end(7);
    return true;
}

class OneLoop : public testing::Test {
protected:
    OneLoop()
    {
        auto address = server.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
        client = SshClient::connect(loop, {
            .host = address.host,
            .port = address.port,
            .answers = {.user = "joe", .host = {.accepts = [](const PublicKey&) { return true; }}},
        }).value();
    }

    EventLoop loop = EventLoop::create().value();
    SshServer server{loop, {
        .answers = {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                    .nothing = [](std::string_view) { return true; }},
        .start = serve,
    }};
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

// Answers a request for a program when all that the program has to say is said.
class LateServer final : private ConnectionDriver::Owner {
public:
    LateServer(EventLoop& loop, Fd socket)
        : session_(server_transport(answers_), random_, log_, loop.now()), answerer_(answers_),
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
        connection.request(event.channel, ExitStatusRequest{7}, WantReply::no);
        connection.finish(event.channel);
        connection.close(event.channel);
        return {};
    }
    Result<void> on(const auto&) { return {}; }

    NoLog log_;
    SystemRandom random_;
    ServerAnswers answers_{.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                           .nothing = [](std::string_view) { return true; }};
    ServerSession session_;
    ServerAnswerer answerer_;
    ConnectionDriver driver_;
};

TEST(SshClient, KeepsWhatAProgramWritesBeforeTheServerSaysThatItRuns)
{
    auto loop = EventLoop::create().value();
    auto pair = make_socket_pair().value();
    for (auto* end : {&pair.ours, &pair.theirs})
        ASSERT_TRUE(set_blocking(end->number(), Blocking::no));
    LateServer server{loop, std::move(pair.theirs)};
    auto client = SshClient::connect_over(loop, Link{.in = std::move(pair.ours), .out = {}}, {
        .answers = {.user = "joe", .host = {.accepts = [](const PublicKey&) { return true; }}},
    });
    ASSERT_TRUE(client) << client.error().what;
    auto said = (*client)->capture("anything");
    ASSERT_TRUE(said) << said.error().what;
    EXPECT_EQ(as_text(said->out), "early");
    EXPECT_EQ(said->end.exit_status(), 7);
}

} // namespace
} // namespace nacre
