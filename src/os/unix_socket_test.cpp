#include "os/unix_socket.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>
#include <vector>

#include "os/safe_file.h"
#include "os/signals.h"
#include "os/user.h"
#include "os/waiting.h"
#include "support/in_child.h"

namespace nacre {
namespace {

TEST(UnixSocket, ListensWithItsMaskAndKnowsItsPeer)
{
    auto folder = make_temporary_directory("/tmp/nacre-socket-");
    ASSERT_TRUE(folder);
    auto path = *folder + "/s";
    auto listener = listen_unix(path);
    ASSERT_TRUE(listener);
    EXPECT_EQ(file_facts(path)->mode, 0600U);
    EXPECT_FALSE(*accept_unix(listener->number()));
    auto client = connect_unix(path);
    ASSERT_TRUE(client);
    auto accepted = accept_unix(listener->number());
    ASSERT_TRUE(accepted && *accepted);
    auto peer = peer_credentials((*accepted)->number());
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->uid, ::getuid());
    EXPECT_EQ(peer->pid, ::getpid());
    auto again = listen_unix(path);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().os_error, EADDRINUSE);
    EXPECT_TRUE(listen_unix(path, {.mask = 0111, .unlink_first = true}));
    EXPECT_EQ(file_facts(path)->mode, 0666U);
    ::unlink(path.c_str());
    ::rmdir(folder->c_str());
}

TEST(UnixSocket, IsMadeByOneOfTwoThatWantIt)
{
    auto folder = make_temporary_directory("/tmp/nacre-socket-");
    ASSERT_TRUE(folder);
    auto path = *folder + "/s";
    auto first = listen_unix_exclusively(path);
    ASSERT_TRUE(first) << first.error().what;
    EXPECT_EQ(file_facts(path)->mode, 0600U);
    auto second = listen_unix_exclusively(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().os_error, EEXIST);
    EXPECT_TRUE(is_listened_to(path));
    ::unlink(path.c_str());
    EXPECT_EQ(::rmdir(folder->c_str()), 0);                       // nothing else is left there
}

TEST(UnixSocket, IsRemovedUnlessSomebodyElseHasTakenItsPlace)
{
    auto folder = make_temporary_directory("/tmp/nacre-socket-");
    ASSERT_TRUE(folder);
    auto path = *folder + "/s";
    auto first = listen_unix(path);
    ASSERT_TRUE(first);
    auto second = listen_unix(path, {.unlink_first = true});
    ASSERT_TRUE(second);
    first->close();
    remove_unless_taken(path);
    EXPECT_TRUE(connect_unix(path)) << "somebody else's is removed";
    second->close();
    remove_unless_taken(path);
    EXPECT_FALSE(file_facts(path));
    Fd file{::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
    remove_unless_taken(path);
    EXPECT_TRUE(file_facts(path)) << "what is no socket is removed";
    ::unlink(path.c_str());
    ::rmdir(folder->c_str());
}

TEST(UnixSocket, ThatCannotBeMadeIsCalledByItsOwnName)
{
    auto made = listen_unix_exclusively("/nonexistent/socket");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().what, "/nonexistent/socket: No such file or directory");
}

TEST(UnixSocket, MadeUnderAnotherNameMayBeAsLongAsAnyOther)
{
    auto folder = make_temporary_directory("/tmp/nacre-socket-");
    ASSERT_TRUE(folder);
    auto path = *folder + "/";
    path.append(107 - path.size(), 'm');
    auto listener = listen_unix_exclusively(path);
    EXPECT_TRUE(listener) << listener.error().what;
    EXPECT_TRUE(connect_unix(path));
    ::unlink(path.c_str());
    EXPECT_EQ(::rmdir(folder->c_str()), 0) << "the other name is left";
}

TEST(LockFile, IsHeldByOneAtATimeAndLeavesNothing)
{
    auto folder = make_temporary_directory("/tmp/nacre-lock-");
    ASSERT_TRUE(folder);
    auto path = *folder + "/l";
    {
        auto first = LockFile::take(path, Seconds{0});
        ASSERT_TRUE(first && *first);
        auto second = LockFile::take(path, Seconds{0});
        ASSERT_TRUE(second);
        EXPECT_FALSE(*second);
    }
    EXPECT_EQ(::rmdir(folder->c_str()), 0);
}

TEST(LockFile, GoesWithAProcessThatASignalEnds)
{
    auto folder = make_temporary_directory("/tmp/nacre-lock-");
    ASSERT_TRUE(folder);
    EXPECT_EQ(test::in_child([&] {
                  default_all_signals();
                  auto lock = LockFile::take(*folder + "/l", Seconds{0});
                  if (!lock || !*lock)
                      return 1;
                  (*lock)->remove_at_signals();
                  ::raise(SIGINT);
                  return 2;
              }),
              1000 + SIGINT);
    EXPECT_EQ(test::in_child([&] {
                  default_all_signals();
                  {
                      auto lock = LockFile::take(*folder + "/l", Seconds{0});
                      if (!lock || !*lock)
                          return 1;
                      (*lock)->remove_at_signals();
                  }
                  if (!create_file(*folder + "/l", {}, 0600))    // another's by now
                      return 2;
                  ::raise(SIGTERM);
                  return 3;
              }),
              1000 + SIGTERM);
    EXPECT_EQ(::unlink((*folder + "/l").c_str()), 0);
    EXPECT_EQ(::rmdir(folder->c_str()), 0);
}

TEST(UnixSocket, AFullQueueIsWaitedForNoLongerThanIsAsked)
{
    auto folder = make_temporary_directory("/tmp/nacre-socket-").value();
    auto path = folder + "/s";
    auto listener = listen_unix(path, {.backlog = 0}).value();
    std::vector<Fd> waiting;
    for (auto next = start_connect_unix(path); next; next = start_connect_unix(path))
        waiting.push_back(std::move(*next));
    auto late = connect_unix(path, std::chrono::milliseconds{20});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().os_error, EAGAIN);
    ASSERT_TRUE(accept_unix(listener.number()).value());
    EXPECT_TRUE(connect_unix(path, std::chrono::minutes{1}));
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
}

TEST(UnixSocket, RefusesImpossiblePaths)
{
    EXPECT_FALSE(listen_unix(""));
    EXPECT_FALSE(listen_unix("/tmp/" + std::string(200, 'x')));
    EXPECT_FALSE(connect_unix(std::string{"\0abstract", 9}));
    auto missing = connect_unix("/nowhere/socket");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().os_error, ENOENT);
}

TEST(Users, AreFoundByNameAndNumber)
{
    auto root = user_named("root");
    ASSERT_TRUE(root && *root);
    EXPECT_EQ((*root)->uid, 0U);
    auto again = user_with_id(0);
    ASSERT_TRUE(again && *again);
    EXPECT_EQ((*again)->name, "root");
    auto groups = groups_of(**root);
    ASSERT_TRUE(groups);
    ASSERT_FALSE(groups->empty());
    EXPECT_EQ((*groups)[0].name, "root");
    EXPECT_EQ(group_named("root"), 0U);
    using namespace std::string_literals;
    for (auto& name : {"no-such-user-here"s, ""s, "root\0x"s}) {
        auto nobody = user_named(name);
        ASSERT_TRUE(nobody);
        EXPECT_FALSE(*nobody);
    }
    EXPECT_EQ(effective_uid(), ::geteuid());
}

} // namespace
} // namespace nacre
