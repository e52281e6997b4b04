// A server's files, over an SshClient: look at them, list them, fetch and store them.
//
//     auto files = TRY(client->files());
//     TRY(files->download("/etc/motd", "motd"));
//
// Downloads and uploads are made by the engine that scp and sftp use (sftp/copier.h): many blocks under way, whole trees,
// resuming, files that appear under their name only when they are whole.  Calls wait, as SshClient's do.  Whoever hears the news
// of a copy may ask anything of the same RemoteFiles but another copy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ssh_client.h"
#include "sftp/client.h"
#include "sftp/copier.h"

namespace nacre {

class RemoteFiles {
public:
    // Starts the subsystem "sftp" and agrees on a version.  Once the client is gone, calls fail.
    static Result<std::unique_ptr<RemoteFiles>> open(SshClient& client);
    ~RemoteFiles();
    RemoteFiles(const RemoteFiles&) = delete;
    RemoteFiles& operator=(const RemoteFiles&) = delete;

    // Size, owner, permissions and times of what a path leads to, or (shown) of a link itself.
    Result<sftp::Attributes> look(const std::string& path, sftp::Links links = sftp::Links::followed);
    // The entries of a directory, without "." and "..".  At most most_entries; more is an error.
    Result<std::vector<sftp::DirectoryEntry>> list(const std::string& path);
    static constexpr std::size_t most_entries = 1u << 20;         // of one directory

    // Is told what happens to each file.
    using OnNews = std::function<void(const sftp::CopyNews&)>;
    // Copies a file, or with options.recursive a tree.  `to` is the new name itself.  What fails is told as news, file by
    // file, while the rest goes on; at the end it makes the whole an error, of the first one's kind.  If the loop is asked to
    // stop, what is under way is given up; what was written of a file remains.
    Result<sftp::CopyTotals> download(const std::string& from, const std::string& to, const sftp::CopyOptions& options = {},
                                      const OnNews& on_news = {});
    // The other way.
    Result<sftp::CopyTotals> upload(const std::string& from, const std::string& to, const sftp::CopyOptions& options = {},
                                    const OnNews& on_news = {});
    // The same between any two sites, of which at least one is ours: client().
    Result<sftp::CopyTotals> copy(sftp::Site& source, sftp::Site& sink, const std::string& from, const std::string& to,
                                  const sftp::CopyOptions& options, const OnNews& on_news);

    // Ends the copy that is under way, from its news or from what the loop calls: nothing more is begun, what was asked for
    // is still taken, and the copy is an error (ECANCELED).
    void stop_copy();

    // Asks for one thing.
    using Request = std::function<sftp::Site::Reply(sftp::Client& server, const sftp::Ticket& ticket)>;
    // Anything else that a server can do: one of the requests of sftp/client.h, and its answer.
    //     TRY(files->ask([](auto& server, auto& ticket) { return server.remove(ticket, "old"); }));
    // A refusal is an error: not_permitted, incompatible (unsupported), or system, with ENOENT where nothing is there.  The
    // answer's data is valid until the next call.
    Result<sftp::Answer> ask(const Request& request);
    // The same, with a refusal as an answer (its outcome says which).
    Result<sftp::Answer> try_to(const Request& request);
    sftp::Client& client() { return sftp_; }                      // the conversation, which is also a site

private:
    class Endpoint;

    explicit RemoteFiles(SshClient& client);
    Result<void> expect_client() const;                           // it may be gone, or be at work
    Result<void> wait_until(const std::function<bool()>& done);
    void take_answers();
    using HandIn = void (sftp::Copier::*)(const sftp::Ticket&, const sftp::Answer&, TimePoint);
    Result<void> drive(sftp::Copier& copier, HandIn hand_in, const OnNews& tell);
    Result<sftp::Answer> read_entries(const std::string& handle, std::vector<sftp::DirectoryEntry>& entries);

    SshClient& client_;                                           // while client_lives_
    std::weak_ptr<const bool> client_lives_;
    EventLoop& loop_;
    NoLog no_log_;
    sftp::Client sftp_;
    Endpoint* endpoint_ = nullptr;                                // the driver's, while the channel is open
    std::optional<ProgramId> program_;                            // the server's, once it has been started
    using OnAnswer = std::function<void(const sftp::Client::Arrived&)>;
    OnAnswer on_answer_;                                          // to a single request
    OnAnswer on_copied_;                                          // to a copy's
    bool stop_asked_ = false;                                     // see stop_copy()
    std::optional<Error> broken_;
    ByteVector data_;                                             // of the last answer
    std::uint32_t last_job_ = 0;                                  // of single requests, whose step is Step::other
};

} // namespace nacre
