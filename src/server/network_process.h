// sshd-net: the one process that hears the peer, from the first byte of the connection to the last.
//
// It holds the session keys and nothing else of value: whatever it wants to know or have, it
// asks the monitor for, and descriptors reach it already open.
#pragma once

#include <optional>

#include "crypto/random.h"
#include "runtime/channel_timeouts.h"
#include "runtime/connection_driver.h"
#include "runtime/keepalive.h"
#include "server/forwarding_channels.h"
#include "server/global_replies.h"
#include "server/network_log.h"
#include "server/network_messages.h"
#include "server/process_title.h"
#include "server/session_channels.h"
#include "session/server_session.h"

namespace nacre {

class NetworkProcess final : public ConnectionDriver::Owner {
public:
    NetworkProcess(EventLoop& loop, MessageSocket& monitor, const NetworkSettings& settings, GroupSource* groups,
                   Random& random, NetworkLog& log);

    // Until the connection or the monitor ends.
    void run(Link link);

private:
    Result<void> drain() override;
    void ended(const Error& why) override;

    Result<void> on(const SignatureQuestion& question);
    Result<void> on(const KeysInUse& keys);
    Result<void> on(const PeerLeft& left);
    Result<void> on(const AuthQuestion& question);
    Result<void> on(const Authenticated&);
    Result<void> on(const OpenRequested& request);
    Result<void> on(const Opened& opened);
    Result<void> on(const OpenRefused& refused);
    Result<void> on(const DataArrived& data);
    Result<void> on(const RoomToSend& room);
    Result<void> on(const Requested& request) { return sessions_->on(request); }
    Result<void> on(const RequestAnswered&) { return {}; }
    Result<void> on(const PeerFinished& finished);
    Result<void> on(const Closed& closed);
    Result<void> on(const GlobalRequested& request);
    Result<void> on(const GlobalAnswered&) { return {}; }         // it was heard: all that we ask is KeepAlive

    void monitor_ready();
    Result<void> on_monitor(ReceivedMessage message);
    template <Message Answer>
    Result<void> pass_on(Bytes payload);
    Result<void> on_session_answer(ReceivedMessage message);
    Result<void> on_auth_answer(const ReceivedMessage& message);
    void announce_host_keys();
    Result<void> prove_host_keys(const GlobalRequested& request);
    void watch_for_life();
    void watch_for_use();
    void choose_traffic_class();                                  // IPQoS
    void channel_timed_out(ChannelId channel, const std::string& kind);

    EventLoop& loop_;
    MessageSocket& monitor_;
    NetworkLog& log_;
    ServerSession session_;
    std::optional<ConnectionDriver> driver_;
    std::vector<ByteVector> host_keys_;                           // public blobs
    bool tells_of_keys_ = false;                                  // to the monitor, for its log
    std::optional<ChannelTimeouts> timeouts_;
    std::optional<GlobalReplies> replies_;
    std::optional<SessionChannels> sessions_;
    std::optional<ForwardingChannels> forwardings_;
    std::unique_ptr<Watch> monitor_watch_;
    bool no_more_sessions_ = false;
    std::optional<Farewell> farewell_;                            // if it is not what the error says
    std::string farewell_text_;

    LoginTerms terms_;
    std::optional<Keepalive> keepalive_;                          // ClientAlive
    std::unique_ptr<Timer> unused_timer_;                         // while there is no channel
    bool is_logged_in_ = false;
    std::uint32_t traffic_class_ = LoginTerms::no_class;          // that was set last
};

// main() of sshd-net: settings, a copy for each connection, cage, link, connection.  Orders come from descriptor 3.
int run_network_process(ProcessTitle title);

} // namespace nacre
