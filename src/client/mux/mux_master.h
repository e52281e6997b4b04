// A connection that others may use: listens on the control socket and holds the conversations.
//
// The socket's file belongs to the master as long as it listens, and is removed by it.  Who may connect is decided by
// the file's mode (0600) and, again, by the peer's user: ours or root.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/mux/mux_peer.h"
#include "os/event_loop.h"
#include "os/fd.h"

namespace nacre {

class MuxMaster {
public:
    struct Callbacks {
        std::function<void()> changed;                            // a client or a channel of one is gone
        std::function<void()> idle;                               // for as long as persist() allows
        std::function<void()> stopped;                            // -O stop: nobody can join any more
    };

    MuxMaster(MuxWorld world, Callbacks callbacks);
    ~MuxMaster();

    // An error with EEXIST: another is there already.
    Result<void> listen(const std::string& path);
    // Clients whose sockets come through this one (ssh --serve).  They are there for as long as our own session is.
    void take_from(Fd door);
    void stop_listening();                                        // removes the file
    void forget_listener();                                       // a fork's other half goes on with it
    bool is_listening() const { return listener_.is_open(); }

    // From now on nobody uses the connection but clients: it ends when there have been none, and nothing forwarded, for
    // that long (0: never), and at once where nobody can come any more.
    void persist(Seconds idle);
    void look_whether_idle();                                     // whenever somebody may have come or gone
    void stock_up() { world_.spare.stock_up(); }                  // a session for the next client; behind our own

    // Its client hears at once that this is the end.  False: it is no client's channel.
    bool abandon(ChannelId channel, std::string_view why);
    void abandon_all(std::string_view why, StatusHeard heard);    // the connection has ended

    bool delivers() const;                                        // a closed channel's output is on its way to a client
    std::size_t clients() const { return peers_.size() - adopted_.size(); }   // for whom the connection must stay

    bool open(const OpenRequested& event);                        // all: false if not ours
    bool on(const Opened& event);
    bool on(const OpenRefused& event);
    bool on(const Requested& event);
    bool on(const RequestAnswered& event);
    bool on(const Closed& event);

    static constexpr std::size_t most_clients = 256;

private:
    bool is_idle() const { return persists_ && peers_.empty() && world_.forwarding.connections() == 0; }
    MuxChannel* find(ChannelId channel);
    template <class Event>
    bool proxies_take(const Event& event);
    void accept();
    void rest_a_while();                                          // no descriptors left: to try at once helps nobody
    std::uint32_t take_in(Fd socket);                             // its id
    void adopt();
    void window_changed();
    void remove(std::uint32_t id);
    bool permits(std::string_view question);
    std::vector<std::string> channels();

    MuxWorld world_;
    Callbacks callbacks_;
    std::string path_;
    Fd listener_;
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<Timer> pause_;
    std::unique_ptr<SignalWatch> window_watch_;
    std::map<std::uint32_t, std::unique_ptr<MuxPeer>> peers_;
    Fd door_;
    std::unique_ptr<Watch> door_watch_;
    std::set<std::uint32_t> adopted_;                             // of the peers: those that came through it
    std::uint32_t next_id_ = 1;
    std::set<std::uint32_t> orphans_;                             // channels whose client left before they were closed
    std::optional<Seconds> persists_;
    std::unique_ptr<Timer> idle_;
};

} // namespace nacre
