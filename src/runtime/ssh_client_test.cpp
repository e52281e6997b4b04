#include "runtime/ssh_client.h"

#include <gtest/gtest.h>

#include <array>

#include "keys/signer.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_server.h"

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

} // namespace
} // namespace nacre
