// spawn() and execute(): what happens between fork and exec.
//
// Everything that allocates is done before the fork (LaunchPlan); the child's steps are plain
// system calls in one fixed order, each of which may fail with a name and an errno.
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "os/process.h"
#include "os/signals.h"
#include "os/system_error.h"

namespace nacre {
namespace {

enum class Step : int { none, session, null_device, room, descriptors, limits, root, identity, directory, privileges, program };

std::string_view words_for(Step step)
{
    switch (step) {
    case Step::session: return "session";
    case Step::null_device: return "/dev/null";
    case Step::room:
    case Step::descriptors: return "descriptors";
    case Step::limits: return "limits";
    case Step::root: return "chroot";
    case Step::identity: return "user and groups";
    case Step::directory: return "working directory";
    case Step::privileges: return "no_new_privs";
    default: return "exec";
    }
}

struct StepFailure {
    Step step = Step::none;
    int os_error = 0;
};

struct LaunchPlan {
    const SpawnRequest* request = nullptr;
    std::string path;
    std::vector<char*> argv;
    std::vector<char*> script;                                    // argv for a shell; empty: not asked for
    Environment environment;
    std::vector<char*> envp;
    std::vector<gid_t> groups;
    std::vector<FdMapping> mappings;                              // 0, 1, 2 included; from null_stream: /dev/null
    std::vector<int> moved;                                       // room for the copies of `from`
    int program_fd = -1;
    int first_free = 3;                                           // above every target
    pid_t parent = 0;
    rlimit open_files{};                                          // ours
    bool more_open_files = false;                                 // for a moment
};

Result<std::string> find_in_path(const std::string& name)
{
    if (name.contains('/'))
        return name;
    auto path = environment_variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
    int reason = ENOENT;
    for (auto folder : split(path, ':')) {
        auto candidate = (folder.empty() ? std::string{"."} : std::string{folder}) + "/" + name;
        struct stat facts{};
        if (::stat(candidate.c_str(), &facts) < 0 || !S_ISREG(facts.st_mode))
            continue;
        if (::access(candidate.c_str(), X_OK) == 0)
            return candidate;
        reason = errno;
    }
    return errno_failure(name, reason);
}

// execvp(3): a file that the kernel does not know how to run is a script of the shell's, as from before "#!".
void plan_script(LaunchPlan& plan)
{
    static char shell[] = "/bin/sh";
    plan.script = {shell, nullptr};                               // the path, which may move with the plan, comes last
    plan.script.insert(plan.script.end(), plan.argv.begin() + 1, plan.argv.end());
}

void add_stream(LaunchPlan& plan, int from, int to)
{
    if (from != inherit_stream)
        plan.mappings.push_back({from, to});
}

Result<LaunchPlan> make_plan(const SpawnRequest& request)
{
    LaunchPlan plan;
    plan.request = &request;
    plan.parent = ::getpid();
    if (::getrlimit(RLIMIT_NOFILE, &plan.open_files) < 0)
        return errno_failure("getrlimit");
    plan.program_fd = request.program_fd;
    plan.path = request.program;
    if (request.search_path && request.program_fd < 0) {
        auto found = TRY(find_in_path(request.program));
        plan.path = std::move(found);
    }
    for (auto& argument : request.arguments)
        plan.argv.push_back(const_cast<char*>(argument.c_str()));
    if (plan.argv.empty())
        plan.argv.push_back(const_cast<char*>(request.program.c_str()));
    plan.argv.push_back(nullptr);
    if (request.search_path && request.program_fd < 0)
        plan_script(plan);
    plan.environment = request.environment ? *request.environment : Environment::of_this_process();
    plan.envp = plan.environment.envp();
    if (request.identity)
        plan.groups.assign(request.identity->groups.begin(), request.identity->groups.end());
    add_stream(plan, request.input, 0);
    add_stream(plan, request.output, 1);
    add_stream(plan, request.error, 2);
    plan.mappings.insert(plan.mappings.end(), request.descriptors.begin(), request.descriptors.end());
    for (auto& mapping : plan.mappings)
        plan.first_free = std::max(plan.first_free, mapping.to + 1);
    plan.moved.assign(plan.mappings.size(), -1);
    return plan;
}

// Whoever was left with few has not to do without the copies that are made here.
void allow_more_open_files(LaunchPlan& plan)
{
    rlimit more{plan.open_files.rlim_max, plan.open_files.rlim_max};
    plan.more_open_files = plan.more_open_files || ::setrlimit(RLIMIT_NOFILE, &more) == 0;
}

// What lies among the targets of map_descriptors(), copied away from them.  A failure leaves nothing behind.
Step make_room(LaunchPlan& plan)
{
    inherit_standard_streams_only();
    if (plan.program_fd >= 0 && plan.program_fd < plan.first_free) {
        plan.program_fd = ::fcntl(plan.program_fd, F_DUPFD_CLOEXEC, plan.first_free);
        if (plan.program_fd < 0)
            return Step::room;
    }
    for (std::size_t i = 0; i < plan.mappings.size(); ++i) {
        int from = plan.mappings[i].from;
        int null = from == null_stream ? ::open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
        if (from == null_stream)
            from = null;
        plan.moved[i] = from < 0 || from >= plan.first_free ? from : ::fcntl(from, F_DUPFD_CLOEXEC, plan.first_free);
        if (plan.moved[i] >= 0)
            continue;
        int reason = errno;
        for (std::size_t before = 0; before < i; ++before)
            if (plan.moved[before] != plan.mappings[before].from)
                ::close(plan.moved[before]);
        ::close(null);
        errno = reason;
        return from == null && null < 0 ? Step::null_device : Step::room;
    }
    return Step::none;
}

// Any permutation works.
bool map_descriptors(const LaunchPlan& plan)
{
    for (std::size_t i = 0; i < plan.mappings.size(); ++i)
        if (::dup2(plan.moved[i], plan.mappings[i].to) < 0)
            return false;
    return true;
}

// To what was asked for, or to what it was.
bool limit_open_files(const LaunchPlan& plan)
{
    auto limit = plan.open_files;
    if (auto asked = plan.request->open_files)
        limit.rlim_cur = std::min<rlim_t>(*asked, limit.rlim_max);
    else if (!plan.more_open_files)
        return true;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

bool change_root(const SpawnRequest& request)
{
    return request.root_directory.empty() || (::chroot(request.root_directory.c_str()) == 0 && ::chdir("/") == 0);
}

bool verified(const Identity& identity)
{
    std::array<uid_t, 3> uids{};
    std::array<gid_t, 3> gids{};
    if (::getresuid(&uids[0], &uids[1], &uids[2]) < 0 || ::getresgid(&gids[0], &gids[1], &gids[2]) < 0)
        return false;
    bool same = std::ranges::all_of(uids, [&](auto uid) { return uid == identity.uid; })
                && std::ranges::all_of(gids, [&](auto gid) { return gid == identity.gid; });
    // The way back must be shut.
    bool open = identity.uid != 0 && (::setuid(0) == 0 || ::seteuid(0) == 0);
    if (!same || open)
        errno = EPERM;
    return same && !open;
}

bool change_identity(const LaunchPlan& plan)
{
    auto& identity = plan.request->identity;
    if (!identity)
        return true;
    if (::geteuid() != 0 && ::geteuid() == identity->uid && ::getegid() == identity->gid)
        return verified(*identity);                               // without root: already who we may be
    return ::setgroups(plan.groups.size(), plan.groups.data()) == 0
           && ::setresgid(identity->gid, identity->gid, identity->gid) == 0
           && ::setresuid(identity->uid, identity->uid, identity->uid) == 0 && verified(*identity);
}

bool change_directory(const SpawnRequest& request)
{
    if (request.directory.empty() || ::chdir(request.directory.c_str()) == 0)
        return true;
    return request.directory_may_fail && ::chdir("/") == 0;
}

bool restrict_rest(const LaunchPlan& plan, bool is_child)
{
    auto& request = *plan.request;
    if (request.mask)
        ::umask(static_cast<mode_t>(*request.mask));
    // After the identity: a change of it takes the wish back.
    if (request.die_with_parent) {
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
            return false;
        if (is_child && ::getppid() != plan.parent)
            ::_exit(255);                                         // too late, the parent is gone
    }
    return true;
}

// Every signal is held back by now, SIGTTOU with them.  Where the terminal is not ours to give, all stays as it was.
void take_foreground(const LaunchPlan& plan)
{
    if (plan.request->foreground_of < 0 || ::setpgid(0, 0) < 0)
        return;
    if (::tcsetpgrp(plan.request->foreground_of, ::getpgrp()) < 0)
        (void)::setpgid(0, ::getpgid(::getppid()));
}

StepFailure launch(LaunchPlan& plan, bool is_child)
{
    auto& request = *plan.request;
    if (request.new_session && ::setsid() < 0)
        return {Step::session, errno};
    take_foreground(plan);
    allow_more_open_files(plan);
    if (auto failed = make_room(plan); failed != Step::none) {
        int reason = errno;
        (void)::setrlimit(RLIMIT_NOFILE, &plan.open_files);       // where nothing has changed, nothing has
        return {failed, reason};
    }
    if (!map_descriptors(plan))
        return {Step::descriptors, errno};
    if (!limit_open_files(plan))
        return {Step::limits, errno};
    if (!change_root(request))
        return {Step::root, errno};
    if (!change_identity(plan))
        return {Step::identity, errno};
    if (!change_directory(request))
        return {Step::directory, errno};
    if (!restrict_rest(plan, is_child))
        return {Step::privileges, errno};
    default_all_signals(request.ignored_signals);
    if (plan.program_fd >= 0)
        ::syscall(SYS_execveat, plan.program_fd, "", plan.argv.data(), plan.envp.data(), AT_EMPTY_PATH);
    else
        ::execve(plan.path.c_str(), plan.argv.data(), plan.envp.data());
    int reason = errno;
    if (reason == ENOEXEC && !plan.script.empty()) {
        plan.script[1] = plan.path.data();
        ::execve(plan.script[0], plan.script.data(), plan.envp.data());
    }
    return {Step::program, reason};
}

Failure describe(const SpawnRequest& request, StepFailure failure)
{
    std::string what{request.program};
    bool is_filtered = request.program_fd >= 0 && (failure.os_error == EPERM || failure.os_error == ENOSYS);
    if (failure.step == Step::program && is_filtered)             // for a file that may not be executed it is EACCES
        what += ": this needs Linux 3.19 or later, and a container whose filter lets execveat(2) through";
    if (failure.step == Step::program)
        return errno_failure(what, failure.os_error);
    return errno_failure(what.append(": ").append(words_for(failure.step)), failure.os_error);
}

[[noreturn]] void be_the_child(LaunchPlan& plan, int report)
{
    auto failure = StepFailure{Step::descriptors, EMFILE};
    allow_more_open_files(plan);
    int safe_report = ::fcntl(report, F_DUPFD_CLOEXEC, plan.first_free);
    if (safe_report >= 0) {
        failure = launch(plan, true);
        report = safe_report;
    }
    [[maybe_unused]] auto written = ::write(report, &failure, sizeof failure);
    ::_exit(127);
}

} // namespace

Result<Child> spawn(const SpawnRequest& request)
{
    auto plan = TRY(make_plan(request));
    auto report = TRY(make_pipe());
    pid_t pid = -1;
    {
        // No handler of ours may run in the child.
        SignalsBlocked blocked;
        pid = ::fork();
        if (pid == 0)
            be_the_child(plan, report.writer.number());
    }
    if (pid < 0)
        return errno_failure("fork");
    report.writer.close();
    auto child = TRY(take_hold_of(pid));
    StepFailure failure;
    std::array<std::uint8_t, sizeof failure> bytes{};
    if (!read_exactly(report.reader.number(), bytes))
        return child;                                             // closed by exec
    std::memcpy(&failure, bytes.data(), sizeof failure);
    auto gone = child.wait();
    return describe(request, failure);
}

NotExecuted execute(const SpawnRequest& request)
{
    auto plan = make_plan(request);
    if (!plan)
        return {.why = std::move(plan).error(), .nothing_changed = true};
    auto failure = launch(*plan, false);
    return {.why = std::move(describe(request, failure).error()), .nothing_changed = failure.step <= Step::room};
}

} // namespace nacre
