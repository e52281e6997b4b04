#include "runtime/remote_files.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "keys/signer.h"
#include "runtime/ssh_server.h"
#include "support/scripted_sftp_server.h"

namespace nacre {
namespace {

using sftp::CopyNews;

// A client of a server whose files are in memory, all in one loop.
class RemoteFilesInOneLoop : public testing::Test {
protected:
    RemoteFilesInOneLoop()
    {
        auto address = server.listen({.family = IpFamily::v4, .host = "127.0.0.1", .port = 0}).value();
        client = SshClient::connect(loop, {.host = address.host, .port = address.port,
                                           .answers = {.user = "joe", .host = {.accepts = [](auto&) { return true; }}}})
                     .value();
        files = client->files().value();
        for (std::string name : {"one", "two", "three"})
            remote.disk.add_file("tree/" + name, name);
        remote.disk.add_directory("tree");
    }

    static ServerAnswers to_anybody()
    {
        return {.host_keys = {signer_of(PrivateKey::generate(KeyKind::ed25519, 0).value())},
                .nothing = [](std::string_view) { return true; }};
    }

    bool serve(ServedProgram& program)
    {
        program.on_data = [this, &program, unheard = ByteVector{}](Bytes data) mutable {
            unheard.insert(unheard.end(), data.begin(), data.end());
            std::size_t whole = 0;
            for (Reader in{unheard}; in.left() > 4; whole = unheard.size() - in.left()) {
                auto length = Reader{Bytes{unheard}.subspan(whole)}.u32();
                if (in.left() - 4 < length)
                    break;
                (void)in.string();
            }
            auto answers = remote.serve(Bytes{unheard}.first(whole));
            unheard.erase(unheard.begin(), unheard.begin() + static_cast<std::ptrdiff_t>(whole));
            if (!silent)
                program.write(answers);
        };
        return true;
    }

    Result<sftp::CopyTotals> download_tree(const RemoteFiles::OnNews& on_news)
    {
        return files->copy(files->client(), here, "tree", "copy", {.recursive = true}, on_news);
    }

    bool silent = false;                                          // nothing is answered
    test::ScriptedSftpServer remote;
    test::MapSite here;
    EventLoop loop = EventLoop::create().value();
    SshServer server{loop, {.answers = to_anybody(), .start = [this](ServedProgram& program) { return serve(program); }}};
    std::unique_ptr<SshClient> client;
    std::unique_ptr<RemoteFiles> files;
};

TEST_F(RemoteFilesInOneLoop, WhoeverHearsOfACopyMayAskSomethingElse)
{
    int finished = 0;
    auto totals = download_tree([&](const CopyNews& news) {
        auto facts = files->look(news.path);
        ASSERT_TRUE(facts) << facts.error().what;
        if (news.kind == CopyNews::Kind::finished && facts->kind() == sftp::FileKind::regular)
            finished += facts->size == news.size;
        EXPECT_EQ(files->list("tree").value().size(), 3U);
        EXPECT_EQ(files->download("tree/one", "x").error().kind, ErrorKind::bad_input);
    });
    ASSERT_TRUE(totals) << totals.error().what;
    EXPECT_EQ(totals->files_done, 3U);
    EXPECT_EQ(finished, 3);
    EXPECT_EQ(here.files["copy/three"].content, "three");
}

TEST_F(RemoteFilesInOneLoop, ACopyMayBeStoppedAndTheNextOneIsWhole)
{
    remote.handles = 1;                                           // a file at a time
    auto stopped = download_tree([&](const CopyNews&) { files->stop_copy(); });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().os_error, ECANCELED);
    EXPECT_LT(here.files.size(), 5U);
    EXPECT_TRUE(download_tree({}));
    EXPECT_EQ(here.files.size(), 5U);
}

TEST_F(RemoteFilesInOneLoop, ACopyThatIsGivenUpLeavesTheConversationWhole)
{
    for (bool while_asking : {false, true}) {
        std::unique_ptr<Timer> limit;
        auto copied = download_tree([&](const CopyNews& news) {
            silent = true;
            limit = loop.at(loop.now(), [&] { loop.stop(); });
            if (while_asking) {
                EXPECT_FALSE(files->look(news.path));
            }
        });
        ASSERT_FALSE(copied);
        EXPECT_EQ(copied.error().os_error, ECANCELED);
        silent = false;
    }
    EXPECT_TRUE(files->look("tree"));
    EXPECT_TRUE(download_tree({}));
}

TEST_F(RemoteFilesInOneLoop, ACopysFailureSaysWhoIsToBlame)
{
    here.room = 4;
    EXPECT_EQ(files->copy(files->client(), here, "tree/three", "three", {}, {}).error().kind, ErrorKind::system);
    EXPECT_EQ(files->copy(files->client(), here, "tree/none", "none", {}, {}).error().os_error, ENOENT);
    remote.disk.files["tree/one"].mode = 0;
    EXPECT_EQ(files->copy(files->client(), here, "tree/one", "one", {}, {}).error().kind, ErrorKind::not_permitted);
    EXPECT_EQ(files->ask([](auto& asked, auto& ticket) { return asked.remove(ticket, "tree/one"); }).error().kind,
              ErrorKind::incompatible);
}

} // namespace
} // namespace nacre
