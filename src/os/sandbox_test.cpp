// Each case runs in a forked child that confines itself: what is allowed works, what is not kills.
#include "os/sandbox.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <thread>

#include "os/event_loop.h"
#include "os/fd_passing.h"
#include "os/privileges.h"
#include "os/socket.h"
#include "support/in_child.h"
#include "support/refuse_call.h"

namespace nacre {
namespace {

constexpr int could_not_confine = 99;

int confined(const std::function<int()>& body)
{
    return test::in_child([&] {
        Confinement confinement;
        if (is_root())
            confinement.identity = Identity{65534, 65534, {}};
        return confine(confinement) ? body() : could_not_confine;
    });
}

struct Forbidden {
    const char* name;
    std::function<void()> attempt;
};

std::vector<Forbidden> forbidden()
{
    return {
        {"open", [] { ::open("/dev/null", O_RDONLY); }},
        {"stat", [] { struct stat facts; ::stat("/", &facts); }},
        {"unlink", [] { ::unlink("/nowhere"); }},
        {"socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }},
        {"connect", [] { sockaddr_in name{}; ::connect(0, reinterpret_cast<sockaddr*>(&name), sizeof name); }},
        {"bind", [] { sockaddr_in name{}; ::bind(0, reinterpret_cast<sockaddr*>(&name), sizeof name); }},
        {"listen", [] { ::listen(0, 1); }},
        {"accept", [] { ::accept(0, nullptr, nullptr); }},
        {"execve", [] { ::execl("/bin/true", "true", nullptr); }},
        {"fork", [] { ::fork(); }},
        {"clone", [] { ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
        {"clone3", [] { ::syscall(SYS_clone3, nullptr, 0); }},
        {"ptrace", [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
        {"kill", [] { ::kill(::getpid(), 0); }},
        {"tgkill of another", [] { ::syscall(SYS_tgkill, 1, 1, 0); }},
        {"ioctl", [] { int waiting = 0; ::ioctl(0, FIONREAD, &waiting); }},
        {"prctl", [] { ::prctl(PR_GET_DUMPABLE); }},
        {"setuid", [] { ::syscall(SYS_setuid, 0); }},
#ifndef __SANITIZE_ADDRESS__                                      // what such a build needs: sandbox.cpp
        {"pipe", [] { std::array<int, 2> ends{}; (void)!::pipe(ends.data()); }},
#endif
        {"dup", [] { (void)!::dup(0); }},
        {"executable mmap", [] { ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
        {"executable mprotect",
         [] {
             auto* page = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
             ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
         }},
        {"fcntl F_SETOWN", [] { ::fcntl(0, F_SETOWN, ::getpid()); }},
        {"fcntl F_SETLK", [] { struct flock lock{}; ::fcntl(0, F_SETLK, &lock); }},
        {"setsockopt SO_BINDTODEVICE", [] { ::setsockopt(0, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2); }},
        {"getsockopt SO_PEERSEC",
         [] { std::array<char, 64> text{}; socklen_t size = 64; ::getsockopt(0, SOL_SOCKET, SO_PEERSEC, text.data(), &size); }},
        {"io_uring", [] { ::syscall(SYS_io_uring_setup, 1, nullptr); }},
        {"process_vm_readv", [] { ::syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); }},
    };
}

TEST(Sandbox, KillsForEveryForbiddenCall)
{
    for (auto& [name, attempt] : forbidden()) {
        int outcome = confined([&] { attempt(); return 0; });
        EXPECT_EQ(outcome, 1000 + SIGSYS) << name;
    }
}

int loop_and_pass_descriptors(EventLoop& loop, SocketPair& pair, Pipe& pipe)
{
    std::array fds{pipe.reader.number()};
    if (!send_fds(pair.theirs.number(), as_bytes("x"), fds))
        return 2;
    int stage = 0;
    std::unique_ptr<Timer> timer;
    auto watch = loop.watch(pair.ours.number(), {.readable = true}, [&](Ready) {
        std::array<std::uint8_t, 4> space{};
        auto received = receive_fds(pair.ours.number(), space);
        stage = received && received->fds.size() == 1 ? 1 : -1;
        timer = loop.at(loop.now() + std::chrono::milliseconds{5}, [&] { ++stage, loop.stop(); });
    });
    // What cannot be polled is refused by epoll, and still must not need another call.
    std::unique_ptr<Watch> always = loop.watch(1, {.writable = true}, [&](Ready) { always->set({}); });
    loop.run();
    return stage == 2 ? 0 : 3;
}

TEST(Sandbox, TheLoopDescriptorsAndTimersWorkInside)
{
    auto loop = EventLoop::create();
    auto pair = make_socket_pair();
    auto pipe = make_pipe();
    ASSERT_TRUE(loop && pair && pipe);
    EXPECT_EQ(confined([&] { return loop_and_pass_descriptors(*loop, *pair, *pipe); }), 0);
}

int use_memory_and_clocks()
{
    std::array<std::uint8_t, 16> random{};
    if (::getrandom(random.data(), random.size(), 0) != 16)
        return 1;
    timespec now{};
    if (::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0)
        return 2;
    for (std::size_t size = 16; size < 64 << 20; size *= 4) {
        ByteVector memory(size, 1);
        if (memory.back() != 1)
            return 3;
    }
    auto* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || ::madvise(page, 4096, MADV_DONTDUMP) != 0 || ::munmap(page, 4096) != 0)
        return 4;
    return 0;
}

TEST(Sandbox, MemoryRandomnessAndClocksWorkInside)
{
    EXPECT_EQ(confined(use_memory_and_clocks), 0);
}

TEST(Sandbox, SocketOptionsOfTheConnectionWorkInside)
{
    auto listener = listen_on(*numeric_address("127.0.0.1", 0));
    ASSERT_TRUE(listener);
    auto socket = connect_and_wait(*local_address(listener->number()));
    ASSERT_TRUE(socket);
    int fd = socket->number();
    EXPECT_EQ(confined([&] {
                  if (!set_no_delay(fd) || !set_traffic_class(fd, 0x10) || !set_unsent_low_water(fd, 1000))
                      return 1;
                  if (!connect_outcome(fd) || !set_blocking(fd, Blocking::yes) || !set_blocking(fd, Blocking::no))
                      return 2;
                  return shut_down(fd, ShutDown::both) ? 0 : 3;
              }),
              0);
}

TEST(Sandbox, SocketsAndPipesAreReadAndWritten)
{
    auto pair = make_socket_pair();
    auto pipe = make_pipe();
    ASSERT_TRUE(pair && pipe);
    EXPECT_EQ(confined([&] {
                  std::array<std::uint8_t, 4> space{};
                  std::array pieces{as_bytes("ab"), as_bytes("cd")};
                  if (!send_some(pair->ours.number(), pieces) || !receive_some(pair->theirs.number(), space))
                      return 1;
                  if (!write_some(pipe->writer.number(), pieces) || !read_some(pipe->reader.number(), space))
                      return 2;
                  return 0;
              }),
              0);
}

TEST(Sandbox, AbortStillNamesItself)
{
    EXPECT_EQ(confined([]() -> int { ::abort(); }), 1000 + SIGABRT);
}

TEST(Sandbox, ThreadsThatExistAreConfinedToo)
{
    int outcome = test::in_child([] {
        std::atomic<int> stage{0};
        std::thread worker([&] {
            while (stage == 0)
                std::this_thread::yield();
            ByteVector arena(1 << 20, 1);                         // the thread's first memory
            stage = 2;
            ::open("/dev/null", O_RDONLY);
            stage = 3;
        });
        if (!confine({}))
            return could_not_confine;
        stage = 1;
        while (stage != 3)
            std::this_thread::yield();
        return 0;
    });
    EXPECT_EQ(outcome, 1000 + SIGSYS);
}

bool contains(const std::vector<std::string>& list, std::string_view item)
{
    return std::ranges::find(list, item) != list.end();
}

TEST(Sandbox, WithRootEverythingIsAchieved)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    std::string empty = "/tmp/nacre-empty-" + std::to_string(::getpid());
    ASSERT_EQ(::mkdir(empty.c_str(), 0755), 0);
    int outcome = test::in_child([&] {
        Confinement confinement;
        confinement.identity = Identity{65534, 65534, {}};
        confinement.empty_directory = empty;
        auto report = confine(confinement);
        if (!report)
            return could_not_confine;
        for (auto name : {"chroot", "user and groups", "capabilities", "capability bounding set", "no_new_privs",
                          "no tracing", "core limit", "process limit", "open files limit", "seccomp"})
            if (!contains(report->achieved, name))
                return 1;
        // Landlock is the kernel's choice; it is named either way.
        return report->achieved.size() + report->not_done.size() == 11 ? 0 : 2;
    });
    ::rmdir(empty.c_str());
    EXPECT_EQ(outcome, 0);
}

// As the filters of older container runtimes answer calls that they have no name for.
TEST(Sandbox, AContainerThatRefusesLandlockIsAsAKernelWithout)
{
    int outcome = test::in_child([] {
        if (!test::refuse_call(SYS_landlock_create_ruleset, EPERM))
            return 1;
        auto report = confine({});
        if (!report)
            return could_not_confine;
        bool said = std::ranges::any_of(report->not_done, [](auto& text) { return text.starts_with("landlock: "); });
        return said && contains(report->achieved, "seccomp") ? 0 : 2;
    });
    EXPECT_EQ(outcome, 0);
}

bool give_up(int capability)
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> held{};
    if (::syscall(SYS_capget, &header, held.data()) != 0)
        return false;
    for (auto* set : {&held[0].effective, &held[0].permitted, &held[0].inheritable})
        *set &= ~(1U << capability);
    return ::syscall(SYS_capset, &header, held.data()) == 0;
}

// As root of a container that was left with a few: no_new_privs forbids exec to gain what the set would have bounded.
TEST(Sandbox, WithoutCapSetpcapTheBoundingSetStaysAndIsReported)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    int outcome = test::in_child([] {
        if (!give_up(CAP_SETPCAP))
            return 1;
        Confinement confinement;
        confinement.identity = Identity{65534, 65534, {}};
        auto report = confine(confinement);
        if (!report)
            return could_not_confine;
        bool said = contains(report->not_done, "capability bounding set: PR_CAPBSET_DROP: Operation not permitted");
        return said && contains(report->achieved, "no_new_privs") && contains(report->achieved, "capabilities") ? 0 : 2;
    });
    EXPECT_EQ(outcome, 0);
#ifndef __SANITIZE_THREAD__                                       // its own thread keeps the capability, and libc finds them at odds
    EXPECT_EQ(test::in_child([] {                                 // any other is asked for as ever
                  if (!give_up(CAP_SETGID))
                      return 1;
                  Confinement confinement;
                  confinement.identity = Identity{65534, 65534, {}};
                  return confine(confinement) ? 0 : could_not_confine;
              }),
              could_not_confine);
#endif
}

TEST(Sandbox, AStepThatFailsIsNamedOnceAndForWhatItWas)
{
    EXPECT_EQ(test::in_child([] {
                  if (!test::refuse_call(SYS_seccomp, EPERM))
                      return 1;
                  auto report = confine({});
                  if (report)
                      return 2;
                  auto& what = report.error().what;
                  return what.starts_with("seccomp: ") && what.contains("container") && what.ends_with(": Operation not permitted")
                             ? 0
                             : 3;
              }),
              0);
    if (!is_root())
        return;
    std::string empty = "/tmp/nacre-empty-" + std::to_string(::getpid());
    ASSERT_EQ(::mkdir(empty.c_str(), 0755), 0);
    EXPECT_EQ(test::in_child([&] {
                  Confinement confinement;
                  confinement.empty_directory = empty;
                  auto report = give_up(CAP_SYS_CHROOT) ? confine(confinement) : ConfinementReport{};
                  if (report)
                      return 1;
                  return report.error().what == "chroot " + empty + ": Operation not permitted" ? 0 : 2;
              }),
              0);
    ::rmdir(empty.c_str());
}

TEST(Sandbox, AFullOrForeignDirectoryIsNoCage)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    for (auto place : {"/etc", "/nowhere", "/tmp"}) {
        int outcome = test::in_child([&] {
            Confinement confinement;
            confinement.empty_directory = place;
            return confine(confinement) ? 0 : could_not_confine;
        });
        EXPECT_EQ(outcome, could_not_confine) << place;
    }
}

TEST(Sandbox, WithoutRootTheRestStandsAndIsReported)
{
    int outcome = test::in_child([] {
        if (is_root() && !become({65534, 65534, {}}))
            return 1;
        Confinement confinement;
        confinement.identity = Identity{12345, 12345, {}};
        confinement.empty_directory = "/";
        auto report = confine(confinement);
        if (!report)
            return could_not_confine;
        bool said = std::ranges::any_of(report->not_done, [](auto& text) { return text.starts_with("chroot: "); })
                    && std::ranges::any_of(report->not_done, [](auto& text) { return text.starts_with("user and groups: "); });
        return said && contains(report->achieved, "seccomp") && contains(report->achieved, "no_new_privs") ? 0 : 2;
    });
    EXPECT_EQ(outcome, 0);
}

} // namespace
} // namespace nacre
