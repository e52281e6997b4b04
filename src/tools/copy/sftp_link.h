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

namespace nacre {

class SftpLink {
public:
    struct Settings {
        std::vector<std::string> command{};                       // a path or a name to search for, and its arguments
        std::uint64_t bytes_per_second = 0;                       // both ways together; 0: no limit
    };

    // Starts the program and waits until the server has said its version (a person may be typing a password meanwhile).
    static Result<std::unique_ptr<SftpLink>> start(Settings settings, Log& log);
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

    // The end of the conversation: no more input for the program, and its exit status.
    ExitStatus finish();

    // ---- for whoever waits for several at once
    struct Waiting {
        SftpLink* link;
        std::function<void(const sftp::Client::Arrived&)> take;
    };
    // Waits until something can be read or written (or an interrupt, or `patience`), and does it.
    static Result<void> exchange(std::span<Waiting> links, Duration patience);

private:
    SftpLink(Settings settings, Log& log) : settings_(std::move(settings)), client_(log) {}

    Result<void> launch();
    Result<void> wait_until_ready();
    Result<void> write();
    Result<void> write_bytes();
    Result<void> pass_on();
    Result<void> read(const std::function<void(const sftp::Client::Arrived&)>& take);
    void count(std::size_t bytes);
    Duration pause() const;                                       // until the limit allows more

    Settings settings_;
    Child child_;
    Fd to_server_, from_server_;
    KernelPath kernel_path_;                                      // into to_server_
    sftp::Client client_;
    bool blocked_ = false;                                        // the pipe was full
    bool gave_up_ = false;
    TimePoint allowed_{};                                         // before that nothing may move
};

} // namespace nacre
