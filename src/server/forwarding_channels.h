// sshd-net's half of forwardings: channels and global requests become questions, descriptors become channels.
//
// Nothing is decided and nothing is opened here.  A client that asks for more connections than may be
// made at a time waits; its channels bound how many those are.  For targets that do not answer nobody else waits.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "connection/channel_kinds.h"
#include "runtime/channel_timeouts.h"
#include "runtime/connection_driver.h"
#include "runtime/socket_channels.h"
#include "server/asked_ports.h"
#include "server/forwarding_questions.h"
#include "server/global_replies.h"
#include "server/message_socket.h"

namespace nacre {

class ForwardingChannels {
public:
    ForwardingChannels(EventLoop& loop, MessageSocket& monitor, Connection& connection, ConnectionDriver& driver,
                       ChannelTimeouts& timeouts, GlobalReplies& replies, Log& log)
        : loop_(loop), monitor_(monitor), connection_(connection), driver_(driver), timeouts_(timeouts), replies_(replies),
          log_(log), sockets_(loop, driver, connection)
    {
    }

    void name_asked_ports() { names_asked_ports_ = true; }        // see client_habits.h; before there are forwardings

    // From the peer; false: not a forwarding.
    Result<bool> opened_by_peer(const OpenRequested& request);
    Result<bool> on(const GlobalRequested& request);
    void on(const Opened& opened);
    void on(const OpenRefused& refused);
    void on(const PeerFinished& finished);
    bool on(const Closed& closed);

    // From the monitor.
    Result<void> on(const ConnectionMade& made, std::vector<Fd> fds);
    bool on(const ForwardAnswer& answer);                         // false: not to a global request
    enum class AgentKind { usual, standard };                     // how the client calls a channel to its agent
    Result<void> on(const ConnectionCame& came, std::vector<Fd> fds, AgentKind agent_kind);

private:
    struct Wanted {                                               // by the client
        std::string_view kind;                                    // for ChannelTimeout
        ByteVector question;                                      // empty: asked
        std::optional<TunnelKind> tunnel;                         // or a socket
    };
    using Opener = Result<void> (ForwardingChannels::*)(const OpenRequested&);
    using Handler = Result<void> (ForwardingChannels::*)(const GlobalRequested&);
    template <class Function>
    struct Row {
        std::string_view name;
        Function function;
    };
    static const Row<Opener>* find_kind(std::string_view name);
    static const Row<Handler>* find_request(std::string_view name);

    Result<void> on_tcp(const OpenRequested& request);
    Result<void> on_unix(const OpenRequested& request);
    Result<void> on_tunnel(const OpenRequested& request);
    Result<void> on_tcp_forward(const GlobalRequested& request);
    Result<void> on_tcp_cancel(const GlobalRequested& request);
    Result<void> on_unix_forward(const GlobalRequested& request);
    Result<void> on_unix_cancel(const GlobalRequested& request);

    template <Message M>
    Result<void> want(std::string_view kind, const M& question, std::optional<TunnelKind> tunnel = std::nullopt);
    Result<void> ask_next();
    void settled(std::uint32_t listener);

    EventLoop& loop_;
    MessageSocket& monitor_;
    Connection& connection_;
    ConnectionDriver& driver_;
    ChannelTimeouts& timeouts_;
    GlobalReplies& replies_;
    Log& log_;
    SocketChannels sockets_;
    std::map<std::uint32_t, Wanted> wanted_;                      // by channel
    std::deque<std::uint32_t> waiting_;                           // channels whose question is not asked yet
    std::size_t asked_ = 0;                                       // questions without answer
    struct Asked {
        std::uint32_t channel = 0;
        TimePoint at;
    };
    std::deque<Asked> asked_lately_;                              // of these, within slow_after; the oldest first
    std::unique_ptr<Timer> next_turn_;
    struct Arrival {
        std::uint32_t listener = 0;
        std::string_view kind;                                    // for ChannelTimeout
        Fd fd;
    };
    std::map<std::uint32_t, Arrival> arrived_;                    // until the client has opened their channels
    std::set<std::uint32_t> tunnels_;                             // channels that end at a device
    std::map<std::uint32_t, std::string> says_port_;              // tickets whose success carries the port: the address
    bool names_asked_ports_ = false;
    AskedPorts asked_ports_;                                      // none, if they are not named
};

} // namespace nacre
