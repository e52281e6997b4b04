// INTERFACE Site: a place with files, as a copy sees it: a server's, or this machine's.
//
// What is asked for is named by a Ticket.  A site that knows the answer at once returns it; one that must ask somebody
// returns nothing, and the answer comes later, with the ticket, to whoever drives both (Client::next()).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "sftp/attributes.h"

namespace nacre::sftp {

// One step of a copy, or of anything else that waits for an answer.
enum class Step : std::uint8_t {
    other,                                                        // not a copy's: a command waits for it
    look, look_at_sink, look_before_emptying, resolve, open_source, open_sink, read, write, cut, look_at_end, set, sync, close_sink, put_in_place,
    open_sample, sample,
    make_directory, open_directory, read_directory, set_directory,
};

struct Ticket {                                                   // what a request was for; it comes back with the answer
    std::uint32_t job = 0;                                        // which file or directory
    Step step = Step::other;
    std::uint32_t length = 0;                                     // of the block asked for
    std::uint32_t beyond = 0;                                     // of that, what lies behind the size that was said
    std::uint32_t came_before = 0;                                // it is the rest of a block of which so much came
    std::uint64_t offset = 0;
    TimePoint sent{};
};

enum class Outcome : std::uint8_t { done, end, no_such_file, not_permitted, failed, unsupported };   // how a request ended

struct DirectoryEntry {                                           // one name in a directory
    std::string name;                                             // as the site wrote it: not checked yet
    std::string long_name;                                        // a line of `ls -l`, if the site is a server
    Attributes attributes;                                        // of the entry itself, not of what a link points to
};

struct Answer {                                                   // what a request has led to
    Outcome outcome = Outcome::done;
    std::string reason{};                                         // why not, printable; empty where it is done
    std::string handle{};                                         // of what was opened
    Bytes data{};                                                 // what was read; valid until the site is used again
    std::size_t in_kernel = 0;                                    // or so many bytes that only pass this process by
    Attributes attributes{};                                      // of what was looked at
    std::vector<DirectoryEntry> entries{};                        // never empty where a directory was read and is not at its end

    bool done() const { return outcome == Outcome::done; }        // it was
};

// A piece of a file on its way from one site to another: its bytes, or how many of them there are in a pipe, from which
// whoever drives both sites passes them on in the order in which they were read.
struct Block {
    Block(Bytes bytes, std::size_t count_in_kernel = 0) : here(bytes), in_kernel(count_in_kernel) {}   // of one, or the other

    Bytes here;
    std::size_t in_kernel;                                        // then nothing is here

    std::size_t size() const { return here.size() + in_kernel; }  // bytes
};

enum class Links { followed, shown };                             // whether a link is looked through

// What a site takes at once.
struct SiteLimits {
    std::uint32_t read_size = 32768;
    std::uint32_t write_size = 32768;
    std::uint32_t open_files = 64;
    std::uint32_t requests = 256;                                 // that wait for an answer
};

struct SinkFile {                                                 // how a file is opened to be written
    std::uint32_t mode = 0666;                                    // permission bits if it is created
    bool truncate = true;
    // A name of our own making: never through a link.  A server cannot be told so of a file that is not truncated: who
    // means to go on in one looks at it first.
    bool private_name = false;
};

class Site {                                                      // somewhere that has files
public:
    using Reply = std::optional<Answer>;                          // nothing: the answer comes later

    virtual ~Site() = default;

    virtual std::string_view label() const = 0;                   // "local" or "remote", for messages
    virtual SiteLimits limits() const = 0;                        // as far as they are known
    virtual bool has_room() const = 0;                            // false: enough waits to be sent; ask again later

    virtual Reply look(const Ticket& ticket, const std::string& path, Links links) = 0;   // attributes of a path
    virtual Reply real_path(const Ticket& ticket, const std::string& path) = 0;   // the first entry's name: absolute, no links
    virtual Reply look_at(const Ticket& ticket, const std::string& handle) = 0;   // attributes of an open file
    virtual Reply open_to_read(const Ticket& ticket, const std::string& path) = 0;   // answered with a handle
    // Answered with a handle.
    virtual Reply open_to_write(const Ticket& ticket, const std::string& path, const SinkFile& how) = 0;
    virtual Reply read(const Ticket& ticket, const std::string& handle) = 0;   // the ticket's block; less may come
    virtual Reply write(const Ticket& ticket, const std::string& handle, Block block) = 0;   // at the ticket's offset
    // Of an open file.
    virtual Reply set(const Ticket& ticket, const std::string& handle, const Attributes& attributes) = 0;
    virtual Reply set_path(const Ticket& ticket, const std::string& path, const Attributes& attributes) = 0;   // of a path
    virtual Reply sync(const Ticket& ticket, const std::string& handle) = 0;   // to the disk
    virtual Reply close(const Ticket& ticket, const std::string& handle) = 0;   // the handle is gone whatever is answered
    virtual void release(const std::string& handle) = 0;          // closes what was only read: nobody waits for it
    // Whether make_directory() gives the sticky bit; where that is not known, it is set afterwards.
    virtual bool gives_sticky_bit() const { return false; }
    // One that exists is a failure.
    virtual Reply make_directory(const Ticket& ticket, const std::string& path, std::uint32_t mode) = 0;
    virtual Reply open_directory(const Ticket& ticket, const std::string& path) = 0;   // answered with a handle
    virtual Reply read_directory(const Ticket& ticket, const std::string& handle) = 0;   // some entries, or `end`
    // Over whatever has the new name.
    virtual Reply replace(const Ticket& ticket, const std::string& from, const std::string& to) = 0;
};

} // namespace nacre::sftp
