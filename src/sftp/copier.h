// The transfer engine: copies files and trees from one Site to another, without I/O of its own.
//
// Whoever drives it calls advance() and hands in the answers of the two sites until finished().  It keeps as many bytes
// under way as the path takes (FlightDepth), across as many files as that needs: while a large file fills the path no
// other is opened, and of small ones hundreds are open at once, so that a tree costs few round trips.  Data reaches the
// sink in order whatever order the answers come in, so an interrupted file is always a true beginning of the whole.
// What fails is told file by file (CopyNews); the rest goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "sftp/flight_depth.h"
#include "sftp/site.h"

namespace nacre::sftp {

enum class Resume {                                               // what is done with what an earlier copy left
    no,
    trusting,                                                     // goes on behind what is there
    verified,                                                     // compares samples first, and begins anew if they differ
};

struct CopyOptions {                                              // how to copy
    bool recursive = false;
    bool preserve = false;                                        // times and permission bits
    // Those met on the way, as long as they do not lead back to where they lie; those named by the user always are.
    bool follow_links = false;
    bool sync = false;                                            // fsync at the end
    bool in_place = false;                                        // truncate at the end: source and sink may be one file
    // The sink may name a source's own file: what has its size and time is not emptied first, but truncated at the end.
    bool spares_source = false;
    bool atomic = false;                                          // under part_name() until whole
    Resume resume = Resume::no;
    std::optional<std::uint32_t> block_size{};                    // what a request moves; else what the sites allow
    std::optional<std::uint32_t> requests{};                      // under way at once; else what the path takes
};

struct CopyNews {                                                 // what has happened to one file
    // In the order of a file's life.
    enum class Kind { started, finished, failed, noted };         // noted: something for a person, not a failure
    Kind kind = Kind::noted;
    std::string path{};                                           // of the source
    std::string sentence{};                                       // where failed or noted
    Outcome outcome = Outcome::done;                              // where failed: what a site said; or not_permitted
    std::uint64_t size = 0;                                       // where started or finished
    Duration took{};                                              // where finished
};

struct CopyTotals {                                               // what there is to copy, and what is done
    std::uint64_t files = 0, bytes = 0;                           // met so far
    std::uint64_t files_done = 0, bytes_done = 0;
    std::uint64_t failures = 0;
    bool all_met = true;                                          // no directory remains to be read
};

// The file that has been under way longest.
struct CurrentFile {
    std::string path;
    std::uint64_t size = 0, done = 0;
};

class Copier {                                                    // copies between two sites
public:
    // Both sites must live longer.
    Copier(Site& source, Site& sink, CopyOptions options) : source_(source), sink_(sink), options_(options) {}

    // `to` is the new name itself, not a directory to put it into.  What the source said of a regular file already need
    // not be asked again.
    void add(std::string from, std::string to, const Attributes& known = {});

    void advance(TimePoint now);                                  // asks for whatever may be asked for now
    void source_answered(const Ticket& ticket, const Answer& answer, TimePoint now);   // what the source has said
    void sink_answered(const Ticket& ticket, const Answer& answer, TimePoint now);   // what the sink has said
    std::optional<CopyNews> next_news();                          // in order; nothing: none is left

    // Nothing new is begun; what is under way is still taken, so that it is not lost.
    void stop();
    // After stop(): what is under way takes too long, its answers will not be handed in.
    void abandon();
    // Nothing is under way, nor waits.
    bool finished() const { return active_ == 0 && to_begin() == 0 && waiting_directories_.empty(); }

    const CopyOptions& options() const { return options_; }       // how it copies
    CopyTotals totals() const;                                    // as of now
    std::optional<CurrentFile> current() const;                   // for a meter
    std::uint64_t depth() const { return depth_.target(); }       // bytes that are kept under way

    // ---- for whoever brings parts of a large file by other ways (tools/copy/lanes)
    struct SharedFile {                                           // what they need to know of it
        std::uint32_t job = 0;                                    // which it is
        std::string to{};                                         // the sink's name of it, until it is whole
        std::string source_handle{}, sink_handle{};               // as long as it is shared
        std::uint64_t size = 0, asked = 0, stored = 0;            // as in a job
        bool is_quiet = false;                                    // all that was asked for is stored
    };
    bool has_large_file(std::uint64_t least) const;               // one of that size is under way, or will be at once
    // One that is open, with at least so much of it still to be asked for: each is told once.
    std::optional<SharedFile> share(std::uint64_t least);
    std::optional<SharedFile> shared(std::uint32_t job) const;    // as of now; nothing: it has ended, or is about to
    // The file has what lies before `begin`, by whatever way; copying goes on there, up to `end`, and then waits for the
    // next call.  It may be called while it is not quiet only if `begin` is not behind what was asked for.
    void go_on(std::uint32_t job, std::uint64_t begin, std::uint64_t end);

    // Where an --atomic copy to `path` lies until it is whole: ".NAME.part" beside it.
    static std::string part_name(std::string_view path);

    static constexpr std::size_t most_waiting = 2000;             // files met and not begun: listing pauses
    static constexpr std::size_t most_files = 1u << 17;           // then: where it cannot pause; more is an error
    static constexpr std::size_t most_directories = 1u << 20;     // met and not begun: more is an error
    static constexpr std::uint32_t most_depth = 256;              // directories inside each other

private:
    enum class Kind { unknown, file, directory };

    // Of one site, which may have fewer handles than it says, or say nothing of them (copier_handles.cpp).
    struct Handles {
        std::uint32_t most = UINT32_MAX;                          // files that are begun at once: with more, one was refused
        std::uint32_t held = 0;                                   // open, or being closed
        std::uint32_t unanswered = 0;                             // asked for
        std::uint64_t asked = 0, opened = 0;                      // ever
        std::uint64_t asked_before_bound = 0;                     // when `most` was lowered
        std::uint32_t opened_since = 0;                           // `most` was found or has grown
        std::uint32_t put_back = 0;                               // jobs that were refused once, and have no answer since
        std::deque<std::uint32_t> refused_twice{};                // jobs that wait until nothing is held
    };

    struct Attempt {                                              // to open something
        Handles* handles = nullptr;                               // of the site that was asked; of them, before:
        std::uint64_t asked_before = 0, opened_before = 0;
        std::uint32_t held_before = 0;
    };

    struct File {
        std::string sink_handle{};
        bool in_place = false;                                    // as in the options, or since it may be the source itself
        bool sink_open = false, moving = false, queued = false, ending = false, placed = false;
        std::uint64_t size = 0;                                   // as the source said; 0: unknown, or there is more
        bool end_asked_for = false;                               // a request reaches behind that size
        std::uint64_t start = 0;                                  // where a resumed copy begins
        std::uint64_t asked = 0, passed = 0, stored = 0;          // up to where: requested, given to the sink; and stored
        std::uint64_t unasked = 0;                                // its share of unasked_
        bool shared = false;                                      // others bring a part of it
        std::optional<std::uint64_t> bound{};                     // then: what lies behind is theirs
        std::uint32_t reads = 0;                                  // unanswered
        std::optional<std::uint64_t> end{};                       // where the source turned out to end
        std::optional<std::uint64_t> lost{};                      // the first byte that could not be stored
        std::map<std::uint64_t, ByteVector> early{};              // blocks that came before their turn
        std::map<std::uint64_t, ByteVector> samples{};            // one side's, until the other's comes
        std::uint32_t samples_left = 0;
        bool samples_differ = false;
    };

    struct Directory {
        bool listing = false, listed = false, made = false, created = false, restored = false;   // made: it is there
        std::string excuse{};                                     // why it was not made, unless it is there already
        std::uint32_t listing_requests = 0, listing_wanted = 2;
        std::uint32_t children = 0;                               // met and not done
    };

    struct Job {
        bool used = false;
        Kind kind = Kind::unknown;
        std::string from, to;
        std::uint32_t parent = no_job;
        std::uint32_t depth = 0;
        std::optional<Attributes> facts{};                        // of the source
        std::string real_path{};                                  // asked for where links are followed: of what was added
                                                                  // as a directory, and of what links lead to
        bool owns_name = false;                                   // `to`: no other writes there meanwhile
        Attempt attempt{};                                        // the last
        bool source_open = false;                                 // to be read, or listed
        std::string source_handle{};
        bool waits = false;                                       // put back, to be begun again
        bool refused_before = false;                              // it was put back once
        Handles* put_back_by = nullptr;                           // it counts as `put_back` there
        std::string refusal{};                                    // for a person
        std::uint32_t unanswered = 0;
        std::string failure{};                                    // the first one; empty: none
        Outcome outcome = Outcome::not_permitted;                 // of that: a site's, or by a rule of ours
        TimePoint begun{};

        File file{};
        Directory directory{};
    };

    static constexpr std::uint32_t no_job = 0xffffffff;

    // copier.cpp
    std::uint32_t new_job(std::string from, std::string to, std::uint32_t parent);
    void start_waiting();
    void list_paused(bool stands_still);
    void will_begin(std::uint32_t id);
    void start_file(std::uint32_t id);
    void start_called_like_parts();
    std::size_t files_to_begin() const { return waiting_files_.size() + held_.size() + called_like_parts_.size(); }
    std::size_t to_begin() const;                                 // files, and what has been refused twice
    void release_name(Job& job);
    void begin(std::uint32_t id);
    void looked(std::uint32_t id, const Answer& answer);
    void decide_kind(std::uint32_t id);
    void arrived(Site& site, const Ticket& ticket, const Answer& answer, TimePoint now);
    void dispatch(Site& site, const Ticket& ticket, const Answer& answer);
    void settle(std::uint32_t id);
    void done_with(std::uint32_t id);
    void forget(std::uint32_t id);
    void fail_job(Job& job, const Site& site, std::string_view action, std::string_view path, const Answer& answer);
    void say(CopyNews::Kind kind, const std::string& path, std::string sentence, Outcome outcome = Outcome::done);
    template <class Request>
    void ask(Site& site, std::uint32_t id, Ticket ticket, Request request);
    template <class Request>
    void ask(Site& site, std::uint32_t id, Step step, Request request);
    template <class Request>
    void ask_to_open(Site& site, Handles& handles, std::uint32_t id, Step step, Request request);

    // copier_handles.cpp
    static bool has_handle(const Site& site, const Handles& handles, std::uint32_t begun);
    bool has_room() const;
    void open_answered(const Ticket& ticket, const Answer& answer);
    static bool was_alone(const Attempt& attempt);
    static void refused_for_good(Job& job);
    void not_opened(std::uint32_t id, const Site& site, const std::string& path, const Answer& answer);
    bool is_put_back(std::uint32_t id, const Site& site, const std::string& path, const Answer& answer);
    void put_back(std::uint32_t id);
    static void no_longer_refused(Job& job);
    void start_refused(Handles& handles);
    void release_source(Job& job);

    // copier_files.cpp
    void begin_file(std::uint32_t id);
    void open_source(std::uint32_t id);
    void source_opened(std::uint32_t id, const Answer& answer);
    void open_sink(std::uint32_t id);
    void looked_before_emptying(std::uint32_t id, const Answer& answer);
    void open_sink(std::uint32_t id, bool truncate);
    void sink_opened(std::uint32_t id, const Answer& answer);
    void move_data();
    bool move_block(std::uint32_t id);
    std::uint32_t block_size() const;
    void ask_for(std::uint32_t id, Ticket wanted);
    void outgrown(std::uint32_t id, const Ticket& ticket);
    void was_read(std::uint32_t id, const Ticket& ticket, const Answer& answer);
    void pass_on(std::uint32_t id, TimePoint sent, Block block);
    void pass_early(std::uint32_t id);
    void was_written(std::uint32_t id, const Ticket& ticket, const Answer& answer);
    bool is_complete(const Job& job) const;
    void settle_file(std::uint32_t id);
    void end_file(std::uint32_t id);
    void cut(std::uint32_t id, std::uint64_t size);
    void was_cut(std::uint32_t id, const Answer& answer);
    void finish_file(std::uint32_t id);
    std::string sink_path(const Job& job) const;

    // copier_sharing.cpp
    bool is_going_on(const Job& job) const;

    // copier_resume.cpp
    void measured_sink(std::uint32_t id, const Answer& answer);
    void begin_samples(std::uint32_t id, const Answer& opened);
    void release_sample(const std::string& handle);
    void ask_for_sample(std::uint32_t id, std::uint64_t offset, std::uint32_t length);
    void sample_came(std::uint32_t id, const Ticket& ticket, const Answer& answer);

    // copier_directories.cpp
    void begin_directory(std::uint32_t id);
    void made_directory(std::uint32_t id, const Answer& answer);
    void sink_is(std::uint32_t id, const Answer& answer);
    void open_directory(std::uint32_t id);
    void opened_directory(std::uint32_t id, const Answer& answer);
    void list_more(std::uint32_t id);
    void was_listed(std::uint32_t id, const Answer& answer);
    void met(std::uint32_t id, const DirectoryEntry& entry);
    void settle_directory(std::uint32_t id);

    // copier_links.cpp
    void resolve(std::uint32_t id);
    void resolved(std::uint32_t id, const Answer& answer);
    std::string known_real_path(std::uint32_t id) const;
    bool leads_back(const Job& job) const;
    void left_out(const std::string& path);

    Site& source_;
    Site& sink_;
    CopyOptions options_;
    FlightDepth depth_{};
    TimePoint now_{};
    bool stopping_ = false;

    std::deque<Job> jobs_;                                        // a deque: references to jobs stay valid
    std::vector<std::uint32_t> free_;
    std::uint32_t active_ = 0;                                    // jobs begun and not done
    std::uint64_t begun_ = 0;                                     // jobs, ever
    std::uint32_t under_way_ = 0;                                 // requests, unanswered
    std::uint32_t open_files_ = 0;                                // begun, or about to be when they have been looked at
    std::uint32_t listings_ = 0;
    Handles source_handles_, sink_handles_;
    std::uint32_t requests_ = 0;                                  // of them, for data
    std::uint64_t unasked_ = 0;                                   // bytes of begun files not requested yet
    std::uint32_t learned_block_ = 0;                             // a server that answers short: no more than this
    std::deque<std::uint32_t> waiting_files_;
    std::set<std::string> written_;                               // names that a file under way has
    std::multimap<std::string, std::uint32_t> held_;              // files that wait for one of these
    std::multimap<std::size_t, std::uint32_t> called_like_parts_; // files whose names others would have meanwhile; by length
    std::vector<std::uint32_t> waiting_directories_;
    std::deque<std::uint32_t> moving_;                            // files with bytes to request, oldest first
    std::vector<std::uint32_t> paused_;                           // directories whose listing waits
    bool lists_on_ = false;                                       // however many files wait
    std::deque<CopyNews> news_;
    CopyTotals totals_{};
};

} // namespace nacre::sftp
