// Starting programs and learning how they ended.
//
// What the child does between fork and exec is described as data, so that nothing is allocated
// there.  A child inherits exactly the descriptors named, default signals and an empty mask.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/environment.h"
#include "os/fd.h"

namespace nacre {

struct ExitStatus {
    int code = 0;                                                 // where signal is 0
    int signal = 0;                                               // what killed it
    bool core_dumped = false;

    bool success() const { return signal == 0 && code == 0; }
    friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

// Who a child becomes.
struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups{};                          // supplementary
};

struct FdMapping {
    int from = -1;                                                // ours
    int to = -1;                                                  // the child's number; any, order does not matter
};

inline constexpr int inherit_stream = -1;
inline constexpr int null_stream = -2;

struct SpawnRequest {
    std::string program{};                                        // a path, or a name with search_path
    int program_fd = -1;                                          // if set: executed instead, `program` is for messages
    bool search_path = false;                                     // execvp's rule, by our own PATH
    std::vector<std::string> arguments{};                         // from argv[0] on; empty: the program's name
    std::optional<Environment> environment{};                     // none: ours

    int input = inherit_stream;                                   // a descriptor, inherit_stream or null_stream
    int output = inherit_stream;
    int error = inherit_stream;
    std::vector<FdMapping> descriptors{};                         // besides 0, 1, 2

    bool new_session = false;                                     // setsid
    int foreground_of = -1;                                       // a terminal, whose foreground the child takes (terminal.h)
    std::vector<int> ignored_signals{};                           // stay ignored across exec; all others are default
    bool die_with_parent = false;                                 // SIGKILL when the spawning thread ends

    std::string root_directory{};                                 // chroot, before the identity changes
    std::optional<Identity> identity{};                           // groups, gid, uid; verified
    std::string directory{};                                      // chdir as that identity; empty: stay
    bool directory_may_fail = false;                              // then "/" instead
    std::optional<unsigned> mask{};                               // umask
    std::optional<std::uint64_t> open_files{};                    // its soft limit, or the hard one, where that is lower
};

// A running child.  Destroying it neither kills nor waits.
class Child {
public:
    Child() = default;
    Child(int pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    int pid() const { return pid_; }
    const Fd& pidfd() const { return pidfd_; }                    // readable once it has ended; not open: see check_pidfds()
    bool is_running() const { return pid_ > 0 && !status_; }

    Result<ExitStatus> wait();                                    // blocks
    Result<std::optional<ExitStatus>> check();                    // does not
    Result<void> send_signal(int signal) const;                   // never to a recycled pid

private:
    int pid_ = -1;
    Fd pidfd_;
    std::optional<ExitStatus> status_;
};

// A child that was forked just now.  Without a descriptor of it nobody could watch for its end or would wait for it: it is
// killed, and that is the error.
Result<Child> take_hold_of(int pid);
// An error: this system gives no descriptors of processes (Child::pidfd), so that whoever watches for ends waits for ever.
Result<void> check_pidfds();
Result<Fd> own_pidfd();                                           // of this process: readable once it has ended
// A child that this process had before it became another program (exec).  An error: there is no such process.
Result<Child> child_of_before(int pid);

// Fails, with the errno of the step that failed, if the program could not be executed.
Result<Child> spawn(const SpawnRequest& request);

struct NotExecuted {
    Error why;
    bool nothing_changed;                                         // else descriptors and signals are that program's already
};
// Becomes that program; returns only to say why not.
NotExecuted execute(const SpawnRequest& request);

// The path of the program that this process runs.
Result<std::string> own_program();

// `shell -c command`.  `shell`: a path; empty means $SHELL or /bin/sh.
SpawnRequest shell_command(std::string command, std::string shell = {});

struct Captured {
    ByteVector output;
    ExitStatus status;
};
// Runs it to the end with its output collected (more than at_most is an error and kills it).  `only_while_open`: a socket;
// once its other end is gone nobody wants the output any more, and the program is killed.
Result<Captured> capture(SpawnRequest request, std::size_t at_most, int only_while_open = -1);

enum class ForkSide { parent, child };
struct Forked {
    ForkSide side;
    Child child;                                                  // in the parent
};
// A copy of this process, which does nothing before this one has hold of it.  Only where there is one thread; an EventLoop may
// be used further by one of the two only.
Result<Forked> fork_process();

// A copy of this process as one more child of this process's parent, which hears of its end and waits for it.  In the copy: 0.
// Only where there is one thread; what pthread_atfork(3) was told does not happen.
Result<int> fork_sibling();

// Holds one side of a fork back until the other lets it go: a child until its parent does, or the other way round.  Made
// before the fork; a side that ends first, however it does, never lets the other go.
class Gate {
public:
    static Result<Gate> make();
    bool pass();                                                  // waits; false: nobody will open any more
    void open();                                                  // the other side

private:
    explicit Gate(Pipe pipe) : pipe_(std::move(pipe)) {}

    Pipe pipe_;
};

// fork_process(), of which the child has left the terminal (setsid; 0, 1 and, unless it is kept, 2 are /dev/null) before
// either goes on: where the parent leads the terminal's session, its end would hang up on a child that is still there.
enum class KeepErrorStream { no, yes };
Result<Forked> fork_to_background(KeepErrorStream keep = KeepErrorStream::no);

[[noreturn]] void exit_now(int code);                             // _exit: no handlers, no flushing

} // namespace nacre
