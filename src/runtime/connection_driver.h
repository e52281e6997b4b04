// The one loop: socket ↔ Transport ↔ Connection ↔ endpoints.
//
// Used by ssh and sshd-net alike.  It owns the link to the peer and the endpoints of the
// channels; the session (and whoever owns it) decides what events mean.  One call to recv, one
// pass over everything that came, one writev per endpoint, one send.
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>

#include "base/log.h"
#include "connection/connection.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "runtime/channel_endpoint.h"
#include "transport/transport.h"

namespace nacre {

// One socket (then `out` is not open), or two pipes.
struct Link {
    Fd in{};
    Fd out{};
};

// What endpoints live on.
template <class Event>
concept EndpointEvent =
    std::same_as<Event, DataArrived> || std::same_as<Event, RoomToSend> || std::same_as<Event, PeerFinished>;

// Of what Owner::ended() is told.
bool is_closed_by_peer(const Error& why);                         // the link, without a word
bool has_hung_up(const Error& why);                               // the same, or it was reset

class ConnectionDriver final : private EndpointHost {             // moves the bytes of one connection in an event loop
public:
    // The owner's half of the work.
    class Owner {
    public:
        virtual ~Owner() = default;
        // Takes events from the session until there are none; connection events that concern an attached channel may be
        // passed to driver.handle().  An error ends the connection.
        virtual Result<void> drain() = 0;
        // The connection is over: the peer closed it (error.os_error or kind tell how), a protocol error (the peer has
        // been told), or end().  Called once, from the loop or from end(); nothing happens afterwards.  The driver is at work
        // yet, so it must not be destroyed here (that breaks the contract): a timer in the loop's next round may do it.
        virtual void ended(const Error& why) = 0;
    };

    // Everything named here must live longer.
    ConnectionDriver(EventLoop& loop, Link link, Transport& transport, Connection& connection, Owner& owner, Log& log);
    ~ConnectionDriver() override;                                 // not from drain(), ended() or an endpoint

    void start(Bytes already_read = {});                          // sends our first flight
    // Reads once more, if something is there: for a decision that should know all that has come.  From drain(), while
    // nothing that next() handed out is in use.
    void take_what_came();
    void advance();                                               // drain, transmit: after any call on the session
    void end(const Error& why);                                   // disconnects with that reason, then ended()
    bool is_over() const { return over_; }                        // ended() was called
    bool is_in_turn() const { return in_turn_; }                  // the owner or an endpoint is at work, by its call
    // From ended(), for who would close the link now: where we had the last word, sees to it that the peer can read it, and
    // calls `gone` when it has left, or has had its time.  False: there is nothing to wait for.
    bool see_off(std::function<void()> gone);
    // While held, nothing more is read from the link: what came is the owner's to take, or to leave for later.
    void hold_input(bool yes);
    // In the half of a fork that does not go on with the connection, which must not seem to hold it; nothing else may be
    // called there.
    void close_copies() { link_.in.close(), link_.out.close(); }

    // Who says EOF when everything the endpoint had to give is sent.
    enum class AtEnd { driver_finishes, owner_finishes };
    // From now on the endpoint's business is the driver's.
    void attach(ChannelId channel, std::unique_ptr<ChannelEndpoint> endpoint, AtEnd at_end = AtEnd::driver_finishes);
    std::function<void(ChannelId)> on_attached;                   // called at the end of attach()
    ChannelEndpoint* endpoint(ChannelId channel);                 // null: none is attached
    // The endpoint is the caller's again; null: there was none.  Also to be said on Closed, where the endpoint may
    // still hold what the peer has sent: with an FdEndpoint say outlive_channel(), or when_delivered() to hear of it,
    // and destroy it then, not in its own functions.  Of sockets ForwardedSockets sees to all that.
    std::unique_ptr<ChannelEndpoint> detach(ChannelId channel);
    bool handle(const DataArrived& event);                        // false: its channel is not attached
    bool handle(const RoomToSend& event);                         // the same
    bool handle(const PeerFinished& event);                       // the same
    // The same; data that no endpoint takes counts as read, so that the peer may send on.
    void handle_or_drop(const EndpointEvent auto& event)
    {
        if (handle(event))
            return;
        if constexpr (std::same_as<decltype(event), const DataArrived&>)
            connection_.data_consumed(event.channel, event.data.size());
    }

    int incoming() const { return link_.in.number(); }            // what we read from: to ask its addresses
    // IP_TOS or IPV6_TCLASS of the link; nothing happens where it is not an internet socket.
    void set_traffic_class(int dscp_shifted);
    // When data of that channel last went either way, or it was attached.  Nothing: it is not attached.
    std::optional<TimePoint> last_active(ChannelId channel) const;
    // Bytes of data of a channel: `in` from the peer.
    struct Traffic {
        std::uint64_t in = 0, out = 0;
    };
    // What an attached channel has carried so far; zeros for another one.
    Traffic traffic(ChannelId channel) const;
    // Idle watching (ServerAlive, ClientAlive): the time of the last byte from the peer.
    TimePoint last_heard() const { return last_heard_; }

private:
    struct Attached;
    Attached* find(ChannelId channel) const;                      // null: not attached
    int out() const { return (link_.out.is_open() ? link_.out : link_.in).number(); }   // what we write to
    void ready_to_give(ChannelId channel) override;
    void consumed(ChannelId channel, std::size_t count) override;
    void no_more_wanted(ChannelId channel) override;

    void link_ready(Ready ready);
    void receive();
    Result<void> drain();
    void flush_endpoints();
    void share_link();
    void give_all();
    void give(ChannelId channel, Attached& attached);
    void transmit();
    std::optional<Error> send_waiting();                          // why the link takes no more, if it has broken
    void hear_last_words(const Error& why);
    void settle();                                                // timers and interests, after every turn
    void over(const Error& why);
    void see_off_further();

    EventLoop& loop_;
    Link link_;
    bool out_is_socket_;
    Transport& transport_;
    Connection& connection_;
    Owner& owner_;
    Log& log_;
    std::unique_ptr<Watch> in_watch_, out_watch_;
    std::unique_ptr<Timer> timer_, last_words_;
    std::map<std::uint32_t, std::unique_ptr<Attached>> endpoints_;
    bool is_shared_ = false;                                      // by more than one of them
    bool left_over_ = false;                                      // somebody has something that the last batch did not take
    std::vector<std::uint32_t> touched_;                          // endpoints with data of this batch
    TimePoint last_heard_{};
    std::optional<TimePoint> timer_at_;
    bool in_turn_ = false;
    bool over_ = false;
    bool telling_ = false;                                        // the owner, that it is over
    bool had_last_word_ = false;
    std::function<void()> on_gone_;
    std::size_t heard_in_vain_ = 0;
    bool input_held_ = false;
};

} // namespace nacre
