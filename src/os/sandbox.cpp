#include "os/sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <memory>

#include "os/landlock.h"
#include "os/privileges.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// Allowed with any arguments: they act on what the process already holds.
constexpr std::array free_calls{
    // descriptors
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(close), SCMP_SYS(shutdown),
    // waiting
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_ctl), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(timerfd_settime), SCMP_SYS(restart_syscall),
    // time and randomness
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(munlock),
    // threads that exist, signals, the end
    SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // malloc of a thread counts the processors before it makes an arena
    SCMP_SYS(sched_getaffinity),
    // the same of machines of 32 bits, with times of 64
    SCMP_SYS(ppoll_time64), SCMP_SYS(timerfd_settime64), SCMP_SYS(clock_gettime64), SCMP_SYS(futex_time64),
    SCMP_SYS(rt_sigtimedwait_time64), SCMP_SYS(sigreturn),
    // recv() and send(), which are recvfrom and sendto elsewhere (also of s390x)
    SCMP_SYS(recv), SCMP_SYS(send),
};

// A machine of 32 bits has two of each: what its C library calls is the newer one.  The arguments of its old mmap lie in
// memory, where no filter looks.
constexpr int mmap_call = SCMP_SYS(mmap2) >= 0 ? SCMP_SYS(mmap2) : SCMP_SYS(mmap);
constexpr int fcntl_call = SCMP_SYS(fcntl64) >= 0 ? SCMP_SYS(fcntl64) : SCMP_SYS(fcntl);

// Builds with sanitizers are for tests alone: shadow of terabytes would count as data, what an object is gets asked by writing
// it into a pipe, and the thread sanitizer has a thread of its own, which sleeps and looks at the clock.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool data_can_be_limited = false;
constexpr std::array calls_of_the_build{SCMP_SYS(pipe2)};
#elif defined(__SANITIZE_THREAD__)
constexpr bool data_can_be_limited = false;
constexpr std::array calls_of_the_build{SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday)};
#else
constexpr bool data_can_be_limited = true;
constexpr std::array<int, 0> calls_of_the_build{};
#endif

constexpr std::array allowed_fcntl{F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC};

struct SocketOption {
    int level;
    int name;
};

constexpr std::array allowed_getsockopt{
    SocketOption{SOL_SOCKET, SO_ERROR},
    SocketOption{SOL_SOCKET, SO_TYPE},
    SocketOption{SOL_SOCKET, SO_DOMAIN},
};

constexpr std::array allowed_setsockopt{
    SocketOption{IPPROTO_TCP, TCP_NODELAY},   SocketOption{IPPROTO_TCP, TCP_NOTSENT_LOWAT},
    SocketOption{IPPROTO_IP, IP_TOS},         SocketOption{IPPROTO_IPV6, IPV6_TCLASS},
    SocketOption{SOL_SOCKET, SO_KEEPALIVE},
};

// Where the kernel takes an int, the register's upper half is anybody's.
scmp_arg_cmp argument_is(unsigned index, int value)
{
    constexpr scmp_datum_t low_half = 0xffffffff;
    return {index, SCMP_CMP_MASKED_EQ, low_half, static_cast<scmp_datum_t>(static_cast<std::uint32_t>(value))};
}

scmp_arg_cmp not_executable(unsigned index)
{
    return {index, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
}

class Filter {
public:
    Filter() : context_(::seccomp_init(SCMP_ACT_KILL_PROCESS)) {}

    void attribute(scmp_filter_attr name, std::uint32_t value)
    {
        note(::seccomp_attr_set(context_.get(), name, value));
    }
    template <class... Conditions>
    void allow(int call, Conditions... conditions)
    {
        std::array<scmp_arg_cmp, sizeof...(conditions)> all{conditions...};
        int outcome = ::seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call,
                                               static_cast<unsigned>(all.size()), all.data());
        // -EDOM, -EFAULT: a call that this architecture does not have.
        note(outcome == -EDOM || outcome == -EFAULT ? 0 : outcome);
    }
    Result<void> load()
    {
        if (!context_)
            return why_none();
        if (error_ == 0)
            note(::seccomp_load(context_.get()));
        if (error_ != 0)
            return errno_failure("loading the filter", -error_);
        return {};
    }

private:
    struct Release {
        void operator()(void* context) const { ::seccomp_release(context); }
    };
    void note(int outcome)
    {
        if (error_ == 0)
            error_ = outcome;
    }
    // The library makes none where the kernel does not tell it that a filter may kill.
    static Failure why_none()
    {
        std::uint32_t wanted = SCMP_ACT_KILL_PROCESS;
        if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &wanted) == 0)
            return errno_failure("making the filter", ENOMEM);
        return errno_failure("this needs Linux 4.14 or later, and a container whose filter lets seccomp(2) through");
    }

    std::unique_ptr<void, Release> context_;
    int error_ = 0;
};

Result<void> install_filter()
{
    Filter filter;
    filter.attribute(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    filter.attribute(SCMP_FLTATR_CTL_TSYNC, 1);                   // worker threads too
    filter.attribute(SCMP_FLTATR_CTL_OPTIMIZE, 2);                // a tree: read and write are asked about all day
    for (int call : free_calls)
        filter.allow(call);
    for (int call : calls_of_the_build)
        filter.allow(call);
    filter.allow(mmap_call, not_executable(2));
    filter.allow(SCMP_SYS(mprotect), not_executable(2));
    for (int command : allowed_fcntl)
        filter.allow(fcntl_call, argument_is(1, command));
    for (auto& option : allowed_getsockopt)
        filter.allow(SCMP_SYS(getsockopt), argument_is(1, option.level), argument_is(2, option.name));
    for (auto& option : allowed_setsockopt)
        filter.allow(SCMP_SYS(setsockopt), argument_is(1, option.level), argument_is(2, option.name));
    // Its own, and of RLIMIT_DATA only the soft one was set: lifted after the login.
    filter.allow(SCMP_SYS(prlimit64), argument_is(0, 0), argument_is(1, RLIMIT_DATA));
    // abort() signals its own thread; nobody else's.
    filter.allow(SCMP_SYS(tgkill), argument_is(0, ::getpid()));
    return filter.load();
}

// Runs the steps and keeps the books.  With root a step that fails ends it all.
class Steps {
public:
    explicit Steps(bool strict) : strict_(strict) {}

    Result<void> take(std::string name, const std::function<Result<void>()>& step, int tolerated = nothing)
    {
        auto outcome = step();
        if (outcome) {
            report_.achieved.push_back(std::move(name));
            return {};
        }
        auto error = std::move(outcome).error();
        if (!error.what.starts_with(name))                        // or it says already what it was about
            error = in_context(name, std::move(error));
        if (strict_ && error.os_error != tolerated)
            return fail(std::move(error));
        report_.not_done.push_back(std::move(error.what));
        return {};
    }
    void skipped(std::string what) { report_.not_done.push_back(std::move(what)); }
    void be_strict() { strict_ = true; }
    ConfinementReport finish() { return std::move(report_); }

private:
    static constexpr int nothing = -1;                            // no errno

    bool strict_;
    ConfinementReport report_;
};

Result<void> die_with(int parent)
{
    TRY(die_with_parent(SIGKILL));
    if (::getppid() != parent)
        return system_failure("it is gone");
    return {};
}

Result<void> give_up_privileges(Steps& steps, const Confinement& confinement)
{
    if (!confinement.empty_directory.empty())
        TRY(steps.take("chroot", [&] { return enter_empty_directory(confinement.empty_directory); }));
    // EPERM: no CAP_SETPCAP, which containers take away.  The set bounds what exec may gain; no_new_privs, below, leaves it nothing.
    TRY(steps.take("capability bounding set", empty_bounding_set, EPERM));
    if (confinement.identity)
        TRY(steps.take("user and groups", [&] { return become(*confinement.identity); }));
    TRY(steps.take("capabilities", drop_all_capabilities));
    TRY(steps.take("no_new_privs", forbid_new_privileges));
    if (confinement.dies_with)                                    // a change of identity takes an earlier wish back
        TRY(steps.take("end with the parent", [&] { return die_with(*confinement.dies_with); }));
    return steps.take("no tracing", forbid_tracing);              // after the identity, whose change allows it again
}

Result<void> set_limits(Steps& steps, const Confinement& confinement)
{
    TRY(steps.take("core limit", [] { return set_limit(Limit::core, 0); }));
    TRY(steps.take("process limit", [] { return set_limit(Limit::processes, 0); }));
    if (confinement.data && data_can_be_limited)
        TRY(steps.take("data limit", [&] { return set_soft_limit(Limit::data, *confinement.data); }));
    return steps.take("open files limit", [&] { return set_limit(Limit::open_files, confinement.open_files); });
}

Result<void> add_landlock(Steps& steps)
{
    auto available = forbid_all_paths();
    if (available && !*available) {
        steps.skipped("landlock: not in this kernel, or kept away by a container");
        return {};
    }
    return steps.take("landlock", [&]() -> Result<void> {
        TRY(std::move(available));
        return {};
    });
}

} // namespace

Result<ConfinementReport> confine(const Confinement& confinement)
{
    Steps steps{is_root()};
    TRY(give_up_privileges(steps, confinement));
    TRY(add_landlock(steps));
    TRY(set_limits(steps, confinement));
    steps.be_strict();
    TRY(steps.take("seccomp", install_filter));
    return steps.finish();
}

} // namespace nacre
