// A server to talk to: the program that leads to it (ssh, or sftp-server itself), its pipes, and the conversation.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "os/process.h"
#include "runtime/kernel_path.h"
#include "sftp/client.h"

struct pollfd;

namespace nacre {

class SftpLink {
public:
    struct Settings {
        std::vector<std::string> command{};                       // a path or a name to search for, and its arguments
        std::uint64_t bytes_per_second = 0;                       // both ways together; 0: no limit
        // Where `command` is our own ssh: what leads to a further channel of its connection (SshCommand::lane_words);
        // empty: nothing does.
        std::vector<std::string> lane_command{};
        bool quiet = false;                                       // what the program says against it nobody hears
    };

    // Starts the program and waits until the server has said its version (a person may be typing a password meanwhile).
    static Result<std::unique_ptr<SftpLink>> start(Settings settings, Log& log);
    // A further conversation in the same connection, which is not ready yet.  Null: the connection gives none.
    Result<std::unique_ptr<SftpLink>> start_lane();
    static constexpr std::size_t most_lanes = 3;
    ~SftpLink();
    SftpLink(const SftpLink&) = delete;
    SftpLink& operator=(const SftpLink&) = delete;

    sftp::Client& client() { return client_; }
    // For blocks of files that are sent; null where all must be seen, since a limit holds.
    KernelPath* kernel_path() { return settings_.bytes_per_second > 0 ? nullptr : &kernel_path_; }

    // Asks for one thing and waits for the answer, or for an interrupt, which is a failure; its data is valid until the
    // link is used again.
    using Request = std::function<sftp::Site::Reply(sftp::Client&, const sftp::Ticket&)>;
    Result<sftp::Answer> ask(const Request& request);
    // The same for many things at once, each asked by its index.  Answers come in any order; `take` returns false to
    // ask for no more.
    Result<void> ask_all(std::size_t count,
                         const std::function<sftp::Site::Reply(sftp::Client&, const sftp::Ticket&, std::size_t)>& request,
                         const std::function<bool(std::size_t, sftp::Answer&)>& take);

    // After an interrupt: nobody waits for what is unanswered.
    void give_up();
    // The program is told to end: nothing of the conversation is of use any more.
    void dismiss();

    Log& log() { return log_; }
    // The shortest time from a question (ask) to its answer; nothing: none was asked.
    std::optional<Duration> round_trip() const { return round_trip_; }

    // The end of the conversation: no more input for the program, and its exit status.
    ExitStatus finish();

    // ---- for whoever waits for several at once
    struct Waiting {
        SftpLink* link;
        std::function<void(const sftp::Client::Arrived&)> take;
        std::function<void(const Error&)> lost{};                 // where the others go on without this one
    };
    static constexpr std::size_t most_links = 2 + most_lanes;
    // Waits until something can be read or written (or an interrupt, or `patience`), and does it.
    static Result<void> exchange(std::span<Waiting> links, Duration patience);

private:
    SftpLink(Settings settings, Log& log) : settings_(std::move(settings)), log_(log), client_(log) {}

    Result<void> open_door();
    Result<void> launch();
    Result<void> before_waiting(pollfd* polled, Duration& patience);
    Result<void> after_waiting(const pollfd* polled, const Waiting& waiting);
    Result<void> wait_until_ready();
    Result<void> write();
    Result<void> write_bytes();
    Result<void> pass_on();
    Result<void> read(const std::function<void(const sftp::Client::Arrived&)>& take);
    void count(std::size_t bytes);
    Duration pause() const;                                       // until the limit allows more

    Settings settings_;
    Log& log_;
    Fd passed_;                                                   // to the program, while it is started
    Fd door_;                                                     // through which it gets clients (ssh --serve)
    std::optional<Duration> round_trip_;
    Child child_;
    Fd to_server_, from_server_;
    KernelPath kernel_path_;                                      // into to_server_
    sftp::Client client_;
    bool blocked_ = false;                                        // the pipe was full
    bool gave_up_ = false;
    TimePoint allowed_{};                                         // before that nothing may move
};

} // namespace nacre
