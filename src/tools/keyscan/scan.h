// All conversations of a run: so many at once as there are descriptors for, the rest in turn, in one loop.  Names are
// looked up meanwhile, in threads, so that nobody's time runs out over somebody else's name.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "crypto/random.h"
#include "os/background_resolve.h"
#include "os/event_loop.h"
#include "tools/keyscan/conversation.h"
#include "tools/keyscan/settings.h"
#include "tools/keyscan/targets.h"

namespace nacre::keyscan {

class Scan final : private Conversation::Owner {
public:
    static constexpr std::size_t most_at_once = 512;

    Scan(EventLoop& loop, const Settings& settings, Targets targets, std::size_t at_once, Random& random, Log& log);

    void run();                                                   // until everybody has answered or given up
    bool found_any() const { return found_any_; }

private:
    struct Host {
        std::string names;
        bool of_network;
        std::set<std::string> said;                               // once per host, not for each type of key
    };
    // The first candidate needs an address.
    struct Search {
        std::shared_ptr<Host> host;                               // shared by whatever goes on about it
        std::vector<std::string> candidates;                      // never empty
        std::vector<std::string> types;                           // to ask for once there is one
    };
    struct LookingUp {
        Search search;
        std::unique_ptr<Lookup> lookup;
    };
    // The first candidate has addresses, and is asked for keys of one type.
    struct Job {
        std::shared_ptr<Host> host;
        std::vector<std::string> candidates;                      // never empty
        std::string type;
        std::vector<SocketAddress> addresses;
    };
    struct Running {
        Job job;
        std::unique_ptr<Conversation> conversation;
    };

    void version_heard(Conversation& by, std::string_view line) override;
    void key_shown(Conversation& by, Bytes blob) override;
    void ended(Conversation& by, const Result<void>& outcome) override;

    void fill();
    bool has_room() const;
    bool start_job();                                             // false: there is none
    bool start_search();                                          // false: there is no host left
    void queue_jobs(const Search& search, const std::vector<SocketAddress>& addresses);
    void looked_up(LookingUp& by, const Result<Resolved>& resolved);
    void search_next(Search failed);                              // a list of names may lead elsewhere
    void tell(const Job& job, const Error& error);
    void tell_once(Host& host, LogLevel level, const std::string& sentence);
    Running& running(const Conversation& conversation);

    EventLoop& loop_;
    const Settings& settings_;
    Targets targets_;
    std::size_t at_once_;
    Random& random_;
    Log& log_;
    std::deque<Search> searches_;                                 // of hosts of which a candidate failed
    std::list<LookingUp> lookups_;
    std::deque<Job> jobs_;                                        // of hosts that were found, one for each type
    std::list<Running> running_;
    bool filling_ = false;
    bool found_any_ = false;
};

} // namespace nacre::keyscan
