// The client's side of one SFTP conversation: requests out with ids, answers matched to them.
//
// Bytes in, bytes out, no I/O.  A Client is a Site: a copy asks it, and so do the commands of sftp (Step::other).  The
// version goes out at once; nothing else does until the server's has come (is_ready).  Everything that the server sends
// is bounded: the length of a frame, the answers (one for each request, of the kind that fits it), the data (no more
// than was asked for).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/buffer.h"
#include "base/log.h"
#include "base/result.h"
#include "sftp/messages.h"
#include "sftp/site.h"

namespace nacre::sftp {

class Client final : public Site {
public:
    explicit Client(Log& log);                                    // the version is ready to be sent at once

    // ---- bytes
    MutableBytes receive_space();                                 // for what the server sends
    void received(std::size_t count) { in_.filled(count); }       // so many bytes were put there
    bool has_unsent() const { return !out_.empty() || !gaps_.empty(); }   // of what is asked, for the server
    // For the server; empty also where something that is not here comes first.
    Bytes to_send() const;
    void sent(std::size_t count);                                 // so many bytes of it are on their way
    // So many bytes of a Block that is in the kernel come before anything else.
    std::size_t to_pass_on() const { return to_send().empty() && !gaps_.empty() ? gaps_.front().size : 0; }
    void passed_on(std::size_t count);                            // so many of them are on their way

    // ---- answers
    struct Arrived {                                              // an answer, and what it is to
        Ticket ticket;
        Answer answer;                                            // its data is valid until receive_space()
    };
    Result<std::optional<Arrived>> next();                        // nothing: more bytes are needed
    bool is_ready() const { return version_.has_value(); }        // the versions are agreed on
    std::uint32_t version() const { return version_.value_or(0); }   // of the protocol, once it is agreed on: 3 or less
    std::size_t unanswered() const { return pending_.size(); }    // requests that wait for their answers
    void disown();                                                // whatever is unanswered: nobody waits for it any more

    bool supports(std::string_view extension) const;              // announced, in the version that we know
    // For people: names, and what the server said of each, known to us or not.
    const std::map<std::string, std::string>& extensions() const { return extensions_; }

    // ---- as a Site
    std::string_view label() const override { return "remote"; }
    SiteLimits limits() const override;
    bool has_room() const override;
    Reply look(const Ticket& ticket, const std::string& path, Links links) override;
    Reply real_path(const Ticket& ticket, const std::string& path) override;
    Reply look_at(const Ticket& ticket, const std::string& handle) override;
    Reply open_to_read(const Ticket& ticket, const std::string& path) override;
    Reply open_to_write(const Ticket& ticket, const std::string& path, const SinkFile& how) override;
    Reply read(const Ticket& ticket, const std::string& handle) override;
    Reply write(const Ticket& ticket, const std::string& handle, Block block) override;
    Reply set(const Ticket& ticket, const std::string& handle, const Attributes& attributes) override;
    Reply set_path(const Ticket& ticket, const std::string& path, const Attributes& attributes) override;
    Reply sync(const Ticket& ticket, const std::string& handle) override;
    Reply close(const Ticket& ticket, const std::string& handle) override;
    void release(const std::string& handle) override;
    Reply make_directory(const Ticket& ticket, const std::string& path, std::uint32_t mode) override;
    Reply open_directory(const Ticket& ticket, const std::string& path) override;
    Reply read_directory(const Ticket& ticket, const std::string& handle) override;
    Reply replace(const Ticket& ticket, const std::string& from, const std::string& to) override;

    // ---- what only servers do.  A name that is answered is the first entry's.
    enum class RenameRule { posix_if_possible, never_over_another };   // what happens to a file of the new name
    Reply expand_path(const Ticket& ticket, const std::string& path);          // ~ and ~user; if supported
    Reply read_link(const Ticket& ticket, const std::string& path);   // what it leads to
    Reply remove(const Ticket& ticket, const std::string& path);  // a file or a link
    Reply remove_directory(const Ticket& ticket, const std::string& path);   // an empty one
    // Also into another directory.
    Reply rename(const Ticket& ticket, const std::string& from, const std::string& to, RenameRule rule);
    // Made at `link_path`.
    Reply symbolic_link(const Ticket& ticket, const std::string& target, const std::string& link_path);
    Reply hard_link(const Ticket& ticket, const std::string& from, const std::string& to);   // a second name for a file
    Reply set_link(const Ticket& ticket, const std::string& path, const Attributes& attributes);   // lsetstat
    // Within the server: all of one file to an offset in another.
    Reply copy_data(const Ticket& ticket, const std::string& from_handle, const std::string& to_handle, std::uint64_t to);
    // A new file, for reading and writing, for the user alone: one that exists is a failure.
    Reply open_new(const Ticket& ticket, const std::string& path);
    Reply open_existing(const Ticket& ticket, const std::string& path);   // to write into it, as it is
    // Answered with `data`: extension::FileSystemFacts; two strings of packed names.
    Reply file_system(const Ticket& ticket, const std::string& path);
    Reply names_of_ids(const Ticket& ticket, const std::vector<std::uint32_t>& users,
                       const std::vector<std::uint32_t>& groups);   // both by number

    static constexpr std::size_t most_unanswered = 4096;          // then has_room() says no
    static constexpr std::size_t most_unsent = std::size_t{512} << 10;   // beyond it has_room() says no

private:
    enum class Expected : std::uint8_t {
        status, handle, data, names, attributes, extended,
        limits, nothing,                                          // for ourselves; for nobody, whatever comes
    };

    struct Pending {
        Ticket ticket;
        Expected expected = Expected::status;
    };

    struct Gap {                                                  // where a block belongs that is in the kernel
        std::size_t at;                                           // so many bytes of `out_` come before it
        std::size_t size;
    };

    RequestId new_request(const Ticket& ticket, Expected expected);
    template <class Request>
    Reply send(const Ticket& ticket, Expected expected, Request request);
    template <class Details>
    Reply send_extended(const Ticket& ticket, std::string_view extension, Expected expected, const Details& details);
    Result<std::optional<Bytes>> next_frame();
    Result<void> take_version(Bytes frame);
    Result<std::optional<Arrived>> take_reply(Bytes frame);
    Result<Answer> read_answer(Bytes frame, const Pending& pending);
    void take_limits(const Answer& answer);

    Log& log_;
    Buffer in_;
    Buffer out_;
    std::deque<Gap> gaps_;                                        // their sizes count as unsent
    std::size_t in_gaps_ = 0;                                     // bytes
    std::optional<std::uint32_t> version_;
    std::map<std::string, std::string> extensions_;               // name, data
    std::set<std::string_view> supported_;                        // names of our own table
    std::optional<extension::Limits> limits_;
    std::uint32_t last_id_ = 0;
    std::unordered_map<std::uint32_t, Pending> pending_;
};

// For a person: "Permission denied"; a server's own words where it has more to say than that something failed.
std::string reason_of(StatusCode code, Bytes explanation);

} // namespace nacre::sftp
