// PRIVILEGED: sshd itself.  Listens, limits, starts a sshd-session for each connection; never reads a byte of a client.
//
// The grace time of a login is enforced from here, by SIGKILL: a process that is stuck or taken
// over cannot talk itself out of it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/server_config.h"
#include "crypto/random.h"
#include "os/event_loop.h"
#include "os/process.h"
#include "os/signal_queue.h"
#include "os/socket.h"
#include "server/connection_records.h"
#include "server/event_log.h"
#include "server/handover.h"
#include "server/message_socket.h"
#include "server/monitor_source.h"
#include "server/penalties.h"
#include "server/start_limits.h"
#include "server/start_throttling.h"

namespace nacre {

class Listener {
public:
    Listener(EventLoop& loop, const ServerOptions& options, MonitorSource source, EventLog& log);
    ~Listener();

    void take_sockets(std::vector<Fd> sockets) { sockets_ = std::move(sockets); }
    std::vector<int> sockets() const;
    // Signals are heard before the file is there: whoever finds the number may use it.
    Result<void> write_pid_file();
    void remove_pid_file();                                       // if it was written, and is still this process's

    // For the program that this process becomes; `sockets` are what belongs to its connections.
    Handover hand_over(std::vector<int>& sockets) const;
    void take_over(Handover handover, std::vector<Fd> sockets);   // before run()

    // What others than this process may have open; it takes all that the system allows it, for it holds two descriptors of
    // every connection.
    std::optional<std::uint64_t> open_files() const { return open_files_; }
    // Before run(), of a process that began with the limit lifted.
    void remember_open_files(std::uint64_t limit);

    enum class Outcome { terminated, reload };
    Outcome run();                                                // until a signal, or (serve_one) the connection, ends it
    // After a run() that is to reload: readable (or -1) once a signal has come with which the next run() ends.
    int ending() const { return held_ ? held_->descriptor() : -1; }
    bool is_ending() const;

    // One connection on these descriptors and no other: -i, and -d's first client.
    Result<int> serve_one(std::vector<Fd> link);
    Result<int> accept_and_serve_one();

private:
    struct Connection {
        Child process;
        MessageSocket control;
        EventContext facts;
        TimePoint began;
        bool is_login_done = false;
        int zygote = 0;                                           // what its monitor is a copy of; 0: of nothing
        std::optional<LoginEnd> ends_as{};                        // where we ended it ourselves, and have told it
        OpenRecords records;                                      // what is to be closed if it is killed
        std::unique_ptr<Watch> process_watch, control_watch;
        std::unique_ptr<Timer> grace;
        TimePoint grace_ends;
    };
    static constexpr Duration first_refill_pause = std::chrono::seconds{1};
    static constexpr Duration longest_refill_pause = std::chrono::minutes{1};
    enum class Lives { as_long_as_it_likes, with_us };

    void hear_signals();
    void hold_endings();
    void accept_some(int socket);
    void accept_nothing_for_a_while();
    Result<Accepted> wait_for_client();
    Result<int> start(std::vector<Fd> link, const SocketAddress& peer, Lives lives);
    Result<MonitorProcess> take_spare(Lives lives);
    void refill_spares();
    void refill_again();
    void watch(int pid, std::optional<TimePoint> grace_ends);
    void control_ready(int pid);
    void login_is_done(int pid);
    void grace_is_over(int pid);
    void process_ended(int pid);
    void hear_the_rest(int pid);
    void close_records(const OpenRecords& records);
    void reap_strangers();
    // Why this client is not served now, for the log, and what it is told; nothing: it is.
    struct Refusal {
        events::Refused event;
        std::string_view farewell;
    };
    std::optional<Refusal> objection_to(const SocketAddress& peer);
    void refuse(Accepted accepted, const Refusal& refusal);
    bool tell_of(const std::optional<events::Throttling>& throttling);
    EventContext facts_of(int socket, const SocketAddress& peer);
    void tell_end(const Connection& connection, events::DisconnectCause cause, std::string text);
    void end_ourselves(Connection& connection, LoginEnd as);
    void end_logins_beside(const Connection& crashed);
    void penalise(const Connection& connection, LoginEnd end);
    void renew_monitors();
    void let_go();

    EventLoop& loop_;
    const ServerOptions& options_;
    MonitorSource source_;
    EventLog& log_;
    StartLimits limits_;
    StartThrottling throttling_;
    Penalties penalties_;
    SystemRandom random_;
    std::vector<Fd> sockets_;
    std::vector<std::unique_ptr<Watch>> socket_watches_;
    std::unique_ptr<Timer> accept_again_;
    std::optional<std::uint64_t> open_files_;                     // before the limit was lifted
    std::vector<std::unique_ptr<SignalWatch>> signals_;
    std::optional<SignalQueue> held_;                             // what ends us, while nobody hears it
    std::deque<MonitorProcess> spares_;                           // eldest first; they, and their sshd-nets, have been started
    std::unique_ptr<Timer> refill_, renewal_;
    Duration refill_pause_ = first_refill_pause;                  // until the next attempt after a failure; it grows
    // Refused clients: each is kept a moment, since to close while something it sent is unread makes the kernel take back
    // the words that it was told.
    std::deque<Fd> leaving_;
    std::unique_ptr<Timer> let_go_;
    std::map<int, Connection> connections_;                       // by process
    bool has_pid_file_ = false;
    bool only_one_ = false;
    int last_status_ = 0;
    Outcome outcome_ = Outcome::terminated;
};

} // namespace nacre
