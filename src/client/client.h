// One run of ssh: connect, know the host, log in, run the session, say how it ended.
//
// Owns everything that lives as long as the connection, in the order in which it is made.
#pragma once

#include <memory>
#include <optional>

#include "client/agents.h"
#include "client/client_log.h"
#include "client/configuration.h"
#include "client/connect.h"
#include "client/flights.h"
#include "client/forwarding/forwarding.h"
#include "client/forwarding/stdio_forward.h"
#include "client/global_questions.h"
#include "client/host_identity.h"
#include "client/host_key_update.h"
#include "client/keystroke_pacer.h"
#include "client/login.h"
#include "client/mux/mux_master.h"
#include "client/mux/shared_connection.h"
#include "client/person.h"
#include "client/proxy_errors.h"
#include "client/refusal.h"
#include "client/terminal_session.h"
#include "client/timeline_observer.h"
#include "crypto/random.h"
#include "os/event_loop.h"
#include "runtime/channel_timeouts.h"
#include "runtime/connection_driver.h"
#include "runtime/keepalive.h"
#include "session/client_session.h"

namespace nacre {

class Client final : private ConnectionDriver::Owner {
public:
    Client(EventLoop& loop, const Configuration& configuration, SessionPlan plan, SharedConnection shared,
           ClientLog& log);
    ~Client() override;

    void observe_by(TimelineObserver& timeline) { timeline_ = &timeline; }   // ssh --timeline; before run()
    void serve(Fd socket) { served_ = std::move(socket); }        // ssh --serve; before run()
    int run();                                                    // the exit status
    int run_proxied(MuxConversation::Proxied master);             // behind a master's login

private:
    Result<void> drain() override;
    void ended(const Error& why) override;

    Result<void> start();
    Result<void> connect();
    Result<TransportSettings> transport_settings();

    Result<void> on(const HostKeyQuestion& question);
    Result<void> on(const KeysInUse& event);
    void warn_of_weak_kex(const KexRow& kex);
    Result<void> on(const PeerLeft& event);
    Result<void> on(const KeyNeeded& question);
    Result<void> on(const SignatureNeeded& question);
    Result<void> on(const HostSignatureNeeded& question);
    Result<void> on(const PasswordNeeded& question);
    Result<void> on(const NewPasswordNeeded& question);
    Result<void> on(const PromptsNeeded& question);
    Result<void> on(const GssapiTokenNeeded& question)
    {
        session_->answer_gssapi_token(login_->gssapi_step(question));
        return {};
    }
    Result<void> on(const GssapiMicNeeded& question)
    {
        session_->answer_gssapi_mic(login_->gssapi_mic(question));
        return {};
    }
    Result<void> on(const BannerShown& event);
    Result<void> on(const LoggedIn& event);
    Result<void> on(const ChannelsMayOpen& event);
    Result<void> on(const EarlyLoginRefused& event);
    Result<void> on(const EarlyChannelsDropped& event);
    Result<void> on(const OpenRequested& event);
    Result<void> on(const Opened& event);
    Result<void> on(const OpenRefused& event);
    Result<void> on(const DataArrived& event);
    Result<void> on(const RoomToSend& event);
    Result<void> on(const Requested& event);
    Result<void> on(const RequestAnswered& event);
    Result<void> on(const PeerFinished& event);
    Result<void> on(const Closed& event);
    Result<void> on(const GlobalRequested& event);
    Result<void> on(const GlobalAnswered& event);

    template <class Event>
    Result<bool> offer(const Event& event);                       // to everybody with channels; false: it is nobody's
    void acknowledge_at_once();
    bool failed_by_haste(const Error& why) const;

    // client/client_forwarding.cpp
    Result<void> prepare_forwarding();                            // errors: ExitOnForwardFailure
    Result<void> forward_agent();

    // client/client.cpp
    Result<void> begin_session(TerminalSession::When when);
    Result<void> begin_work();                                    // once the connection layer may be used
    // Behind a master, which watches the server itself, and may not tell what the server answered (OpenSSH's does not).
    bool is_proxied() const { return !flights_; }
    // Not where somebody may stand in between: neither ports nor the agent nor the display.
    bool may_forward() const { return is_proxied() || trust_ == HostTrust::accepted; }
    TerminalSession::Callbacks session_callbacks();
    std::string remote_id() const;                                // "192.0.2.1 port 22"
    std::string host_shown() const;

    // client/client_end.cpp
    void watch_signals();
    void session_ended(int status);
    void look_whether_done();                                     // the session is over: does anybody still need us?
    void tell_traffic();                                          // to the log
    void background();                                            // ~&
    Result<void> go_to_background();                              // now, or soon
    void stay_in_front(const Error& why);                         // or end, where somebody waits for our going
    void finish(int status);                                      // the orderly end
    bool session_delivers() const;                                // ours is closed, and its reader is slow
    bool has_output_left() const;                                 // of that, or of any other closed channel
    void conclude_when_delivered();                               // after the connection's end
    int status_at(const Error& end) const;                        // of the connection, for our caller
    void conclude(const Error& why);                              // says it, and stops
    std::optional<Duration> pause_if_refused();                   // before we knock again
    void connect_again(Duration after);

    // client/client_pace.cpp
    void obscure_keystrokes();                                    // ObscureKeystrokeTiming
    void choose_traffic_class();                                  // IPQoS
    void watch_idle_channels();                                   // ChannelTimeout

    // client/mux/client_sharing.cpp
    Result<void> begin_sharing();
    bool shares_for_nobody();                                     // but for whom --serve names: is that worth it?
    bool may_open_ahead() const;                                  // sessions that nobody has asked for yet
    void nobody_can_join();                                       // -O stop
    void leave_session_to_a_client();                             // ControlPersist
    [[noreturn]] void go_on_as_client();                          // its parent
    std::size_t others() const;                                   // who use this connection besides our session
    std::vector<std::string> connection_info() const;             // a line each, printable
    std::string both_ends() const;                                // "192.0.2.7:40000 -> 192.0.2.1:22"

    // client/client_report.cpp
    void report(const Error& why);                                // why the connection has ended: by one of these
    void report_silence(const Error& why);
    void report_end(const Error& why);
    void report_proxy();
    void report_refused_login(const Error& why);
    void report_offers();                                         // of a login that the server has broken off
    void report_as_it_is(const Error& why);
    std::string_view verdict_on_host_key() const;                 // for people

    static constexpr int failure_status = 255;

    EventLoop& loop_;
    const Configuration& configuration_;
    const ClientOptions& options_;
    SessionPlan plan_;
    SharedConnection shared_;
    ClientLog& log_;

    SystemRandom random_;
    Person person_;
    RefusedAttempts refused_attempts_;
    std::optional<HostIdentity> host_identity_;
    std::optional<Flights> flights_;                              // not behind a master
    std::optional<Login> login_;
    std::optional<SocketAddress> peer_;
    std::string peer_shown_;
    std::optional<Child> proxy_;
    std::optional<ProxyErrors> proxy_errors_;
    std::optional<ClientSession> session_;
    TimelineObserver* timeline_ = nullptr;                        // somebody wants to know what happened when
    std::optional<KeystrokePacer> pacer_;                         // before the driver, whose endpoints use it
    std::optional<ConnectionDriver> driver_;
    std::optional<ChannelTimeouts> channel_timeouts_;
    std::optional<GlobalQuestions> questions_;
    std::optional<HostKeyUpdate> host_key_update_;                // where UpdateHostKeys allows it
    std::optional<X11Access> x11_access_;                         // prepared while the login is under way
    std::optional<Forwarding> forwarding_;
    std::optional<StdioForward> stdio_forward_;
    std::optional<TerminalSession> terminal_session_;
    Fd served_;                                                   // whence clients may come, until the login
    std::optional<MuxMaster> mux_;                                // where others may use this connection
    bool is_in_background_ = false;                               // nobody waits for our status
    std::optional<SessionPlan> left_to_client_;                   // what the process that stays in front runs through us
    std::optional<Keepalive> keepalive_;
    bool timed_out_ = false;                                      // ConnectTimeout
    std::unique_ptr<Timer> connect_timeout_;                      // up to the host key
    std::unique_ptr<Timer> drop_timeout_;                         // of a server that is to drop what came early
    std::unique_ptr<Timer> again_;                                // when we connect once more
    std::optional<Error> ended_by_;                               // why the connection is no more, while there is output left
    std::unique_ptr<Timer> last_output_;                          // looks once more whether that output has gone
    std::unique_ptr<Timer> fork_later_;                           // to the background, when no name is being looked up
    std::vector<std::unique_ptr<SignalWatch>> signals_;

    std::optional<PublicKey> host_key_;
    std::optional<SessionBinding> binding_;
    HostTrust trust_ = HostTrust::rejected;                       // in host_key_
    int acknowledged_at_once_ = -1;                               // the socket, until the session runs; the driver owns it
    bool is_interactive_ = false;                                 // by the class of our packets
    int status_ = 255;
    std::optional<TimePoint> logged_in_at_;
    bool session_over_ = false;                                   // forwarded connections may still go on
    bool goes_to_background_ = false;                             // as soon as the server has answered about forwardings
    bool finished_ = false;                                       // by us: nothing to report
    bool reported_ = false;                                       // why it ends has been said
};

} // namespace nacre
