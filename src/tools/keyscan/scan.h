// All conversations of a run: so many at once as there are descriptors for, the rest in turn, in one loop.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "crypto/random.h"
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
    bool could_write() const { return could_write_; }

private:
    // What remains to be asked of a host that has an address.
    struct Job {
        std::size_t host_number;                                  // counted from 1
        std::vector<SocketAddress> addresses;
        std::string host;                                         // the candidate that the addresses are of
        std::string names;
        std::string type;
        bool of_network;
    };
    struct Running {
        Job job;
        std::unique_ptr<Conversation> conversation;
    };

    void version_heard(Conversation& by, std::string_view line) override;
    void key_shown(Conversation& by, Bytes blob) override;
    void ended(Conversation& by, const Result<void>& outcome) override;

    void fill();
    bool prepare_next_host();
    bool is_being_asked(std::size_t host_number) const;
    bool is_news(std::size_t host_number, const Error& error);    // said once per host, not for each type of key
    Running& running(const Conversation& conversation);

    EventLoop& loop_;
    const Settings& settings_;
    Targets targets_;
    std::size_t at_once_;
    Random& random_;
    Log& log_;
    std::deque<Job> jobs_;                                        // of one host: as many as there are types
    std::list<Running> running_;
    std::size_t hosts_begun_ = 0;
    std::map<std::size_t, std::string> last_said_;                // by host_number, of hosts that are not done
    bool filling_ = false;
    bool found_any_ = false;
    bool could_write_ = true;
};

} // namespace nacre::keyscan
