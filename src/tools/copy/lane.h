// A further way for parts of one large file: another channel of the same connection, with a server's program of its own.
//
// A part goes into a temporary file whose name is removed at once, so that nothing is left behind, unless a server lets
// names be made and not removed.  When all that comes before it is in its place, the server itself copies it there
// (copy-data), and what has come there is measured.  Any failure ends the lane, and the copy goes on without any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/local_site.h"
#include "sftp/flight_depth.h"
#include "tools/copy/sftp_link.h"

namespace nacre {

class Lane {
public:
    explicit Lane(std::unique_ptr<SftpLink> link) : link_(std::move(link)) { here_.read_into(link_->kernel_path()); }

    enum class State {
        starting, ready,                                          // the conversation; no file
        opening, idle,                                            // the file is open
        carrying, waiting, placing,                               // a part: on its way; stored; being copied to its place
        over,                                                     // of no use any more
    };
    State state() const { return state_; }
    SftpLink& link() { return *link_; }

    static std::string unknown_name(const std::string& folder);   // for a file that nobody else has, nor can guess
    void open(const std::string& folder, const std::string& file);
    // The size that the file was seen to have when it was opened.
    std::optional<std::uint64_t> size_seen() const { return size_seen_; }
    // From an open file of ours, by its handle in a LocalSite.
    void carry(std::string source_handle, std::uint64_t begin, std::uint64_t end, std::optional<std::uint32_t> block_size);
    void place(std::uint64_t size);                               // the sink's file is that long now, or it is not the one
    void leave();                                                 // the file is done with: ready for the next, or over
    void fail(std::string_view why);

    void advance(TimePoint now);                                  // keeps as much under way as the path takes
    void arrived(const sftp::Client::Arrived& arrived, TimePoint now);
    std::uint64_t stored() const { return stored_; }              // bytes of the part that are not in their place

private:
    // What is asked besides writing; a ticket's job.
    enum Question : std::uint32_t { make, unlink, open_file, measure, measure_again, fit, copy, measure_after };
    template <class Request>
    void ask(Question question, Request request);
    void answered(Question question, const sftp::Answer& answer);
    void copy_to_place();
    bool move_block(TimePoint now);

    std::unique_ptr<SftpLink> link_;
    LocalSite here_;
    sftp::FlightDepth depth_{};
    State state_ = State::starting;
    std::string temporary_, file_;                                // handles
    unsigned unanswered_ = 0;                                     // questions
    std::optional<std::uint64_t> size_seen_;
    std::string source_;
    std::uint64_t begin_ = 0, end_ = 0, sent_ = 0, stored_ = 0;   // the part; how much of it
    std::uint64_t size_wanted_ = 0;
    std::optional<std::uint32_t> block_size_;
};

} // namespace nacre
