// A connection to an SSH server in a few lines: connect, log in, run programs, move files.
//
//     auto loop = TRY(EventLoop::create());
//     auto client = TRY(SshClient::connect(loop, {.host = "example.org", .answers = {…}}));
//     auto output = TRY(client->capture("uname -a"));
//
// Calls that return a Result wait for their answer; the loop, which other connections may share, works meanwhile.  Called by
// what the loop calls they fail, and nothing has been sent.  EventLoop::stop() makes whoever waits fail (ECANCELED), so a limit
// to anything is a timer:
//
//     auto limit = loop.at(loop.now() + std::chrono::seconds{30}, [&] { loop.stop(); });
//
// Who has one loop and much to do gives most of these calls a function for the outcome, and connects by an SshConnector.  Then
// they return at once, also to what the loop calls, and the function is called once with what the other would have returned,
// from the loop and never from the call itself.  It may destroy the client, with which whatever has not been told is forgotten.
//
//     client->capture("uname -a", [&](Result<ProgramOutput> output) { … });
//
// One client belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/strong.h"
#include "connection/own_global_requests.h"
#include "connection/program_end.h"
#include "connection/terminal_modes.h"
#include "crypto/random.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"
#include "runtime/forwarded_sockets.h"
#include "session/client_answers.h"
#include "session/client_session.h"

namespace nacre {

class RemoteFiles;
class SshClient;

// Where to connect, and everything that may differ from the usual.
struct SshClientSettings {
    std::string host{};                                           // a name or an address
    std::uint16_t port = 22;
    ClientAnswers answers{};                                      // who logs in, and which host key is right
    TransportSettings transport{};                                // algorithms, rekeying
    Duration patience = std::chrono::seconds{60};                 // until the login is done, from the first step on
    // What the client has no use for itself: channels that the server opens, requests that it makes, and whatever becomes of
    // channels and requests that you have opened and made in session().connection().  True: you have seen to it (a channel is
    // accepted or refused, or will be; a request that wants a reply has been answered).  False: channels and
    // requests are refused, data are dropped.  Data and ends of channels with an endpoint go to that.  It must not destroy the
    // client or its SshConnector, and may be called before that has told its outcome.
    std::function<bool(SshClient&, const ConnectionEvent&)> on_event{};
    Log* log = nullptr;                                           // null: nobody listens; else it must live as long
};

// A program that one client has started, or another channel that it has opened; no two have the same, also when the first is
// long over.  (Channels have numbers of which the next one takes whatever is free.)
using ProgramId = Strong<struct ProgramIdTag, std::uint64_t>;

// What is to be run, and how.
struct RemoteCommand {
    struct Terminal {                                             // what the program sits in front of
        std::string name{};                                       // "xterm-256color"
        std::uint32_t columns = 0, rows = 0;
        std::uint32_t width_pixels = 0, height_pixels = 0;        // 0: not known
        TerminalModes modes{};                                    // what keys do, by opcode (RFC 4254 §8)
    };

    std::string command{};                                        // empty: the user's shell
    bool is_subsystem = false;                                    // `command` is the name of one
    std::vector<std::pair<std::string, std::string>> environment{};   // servers take what they are configured to take
    std::optional<Terminal> terminal{};                           // nothing: none
};

// What a program has written, and how it ended.
struct ProgramOutput {
    ProgramEnd end{};
    ByteVector out{};
    ByteVector err{};
};

// One connection, logged in.
class SshClient final : private ConnectionDriver::Owner {
public:
    // Is told what a call that waits would have returned.
    template <class T>
    using Outcome = std::function<void(Result<T>)>;

    // Connects, checks the host's key and logs in.  The errors: system (the network), not_permitted (the host's key was
    // refused if Error::reason is host_key_not_verifiable; else the login), incompatible (no common algorithm),
    // peer_misbehaved.
    static Result<std::unique_ptr<SshClient>> connect(EventLoop& loop, SshClientSettings settings);
    // The same over something that is connected already: a socket, or two pipes, which are made non-blocking.
    static Result<std::unique_ptr<SshClient>> connect_over(EventLoop& loop, Link link, SshClientSettings settings);
    ~SshClient() override;                                        // hangs up; after what was made with it

    // Runs a program between these descriptors and waits for its end.  A descriptor that is missing is /dev/null.
    Result<ProgramEnd> run(const RemoteCommand& command, EndpointFds descriptors);
    // The same of a plain command.
    Result<ProgramEnd> run(std::string_view command, EndpointFds descriptors);
    // The same, without which {"ls"} would be ambiguous.
    Result<ProgramEnd> run(const char* command, EndpointFds descriptors)
    {
        return run(std::string_view{command}, std::move(descriptors));
    }
    // Runs a program, gives it that input and keeps what it writes.  More than `at_most` bytes of it are an error.
    Result<ProgramOutput> capture(std::string_view command, Bytes input = {}, std::size_t at_most = most_captured);
    // Without waiting.  The program, for who would leave() it.
    ProgramId capture(std::string_view command, Outcome<ProgramOutput> on_output, Bytes input = {},
                      std::size_t at_most = most_captured);
    static constexpr std::size_t most_captured = 64 * 1024 * 1024;   // bytes

    // The server's files, by SFTP.
    Result<std::unique_ptr<RemoteFiles>> files();

    // ---- for what is not foreseen above
    // Starts a program whose input and output are an endpoint of the caller's; waits until the server has agreed.  It is kept,
    // with its endpoint and what that holds, until wait_for(), when_ended() or leave(), as what is opened below is.
    Result<ProgramId> start(const RemoteCommand& command, std::unique_ptr<ChannelEndpoint> endpoint);
    // Without waiting.  A refusal is also the outcome of when_ended(), which is enough for who gives no function here.
    ProgramId start(const RemoteCommand& command, std::unique_ptr<ChannelEndpoint> endpoint, Outcome<ProgramId> on_started);
    // The same of a channel that runs nothing and ends without a status: DirectTcpip, for example (connection/channel_kinds.h).
    //     TRY(client->open(DirectTcpip{.host = "db", .port = 5432, .originator_address = "127.0.0.1"}, std::move(endpoint)));
    template <Declared Kind>
    Result<ProgramId> open(const Kind& kind, std::unique_ptr<ChannelEndpoint> endpoint)
    {
        return wait_for_start(Kind::name, encode(kind), std::nullopt, std::move(endpoint));
    }
    // Without waiting.
    template <Declared Kind>
    ProgramId open(const Kind& kind, std::unique_ptr<ChannelEndpoint> endpoint, Outcome<ProgramId> on_opened)
    {
        return ask_for_channel(Kind::name, encode(kind), std::nullopt, std::move(endpoint), std::move(on_opened));
    }
    // Forwarding: the ways between sockets here and channels there.  Returns at once, so also for what the loop calls.
    ForwardedSockets& sockets() { return *sockets_; }
    // Asks for what belongs to no channel (connection/global_requests.h) and waits for the answer: what the success carries, or
    // not_permitted.
    //     auto answer = TRY(client->global_request(TcpipForward{.address = "localhost", .port = 0}));
    //     auto port = TRY(decode<AllocatedPort>(answer)).port;
    template <Declared R>
    Result<ByteVector> global_request(const R& request)
    {
        return global_request(R::name, encode(request));
    }
    // Without waiting.
    template <Declared R>
    void global_request(const R& request, Outcome<ByteVector> on_answer)
    {
        global_request(R::name, encode(request), std::move(on_answer));
    }
    Result<ByteVector> global_request(std::string_view name, Bytes details);   // the same of any request
    void global_request(std::string_view name, Bytes details, Outcome<ByteVector> on_answer);   // without waiting
    // Its channel is closed, or the connection has ended; what it wrote may still be on its way to a descriptor.
    bool has_ended(ProgramId id) const
    {
        return ended_ || !programs_.contains(id.value) || programs_.at(id.value).closed;
    }
    // Its channel, to ask something of it in session().connection().  Nothing: it has_ended().
    std::optional<ChannelId> channel_of(ProgramId id) const;
    // Waits for the end of a started program; forgets it.  An end that was told counts also where the server hangs up
    // without closing the channel.  Where it fails the program is left.
    Result<ProgramEnd> wait_for(ProgramId id);
    // Without waiting; it may be said before the program has been started.  The last who asks is told.
    void when_ended(ProgramId id, Outcome<ProgramEnd> on_end);
    // Nobody waits for it any more, also if somebody does just now: its channel is closed and its endpoint destroyed, and no
    // outcome of it is told.  That is in the loop's next round where what the loop calls leaves it, and for a MemoryEndpoint,
    // which calls nothing from now on.
    void leave(ProgramId id);
    // Lets the loop work until `done` says true.  The errors: the connection has ended, the client is destroyed (bad_input), and
    // those of EventLoop::run_until().
    Result<void> wait_until(const std::function<bool()>& done);

    EventLoop& loop() { return loop_; }                           // as given
    ClientSession& session() { return *session_; }                // call driver().advance() after changing it
    ConnectionDriver& driver() { return *driver_; }               // moves its bytes
    bool is_connected() const { return !ended_; }                 // as far as we know
    // Called once, from the loop, when the connection that was logged in has ended, after the outcomes of what was under way,
    // but for programs whose output is still on its way to a descriptor.  It may destroy the client.
    std::function<void(const Error& why)> on_ended;

private:
    friend class RemoteFiles;
    friend class SshConnector;
    struct Program {
        bool agreed = false, closed = false;
        std::optional<Error> failed{};                            // its start, or what it was started for
        bool peer_finished = false;                               // its endpoint knows that no more data comes
        bool left = false;                                        // see leave()
        std::optional<ChannelId> channel{};                       // until that is refused or closed
        std::unique_ptr<ChannelEndpoint> endpoint{};              // before the channel is open, and after it is closed
        std::optional<RemoteCommand> command{};                   // nothing: the channel is all that is wanted
        ProgramEnd end{};
        Outcome<ProgramId> on_started{};                          // until it is called
        Outcome<ProgramEnd> on_end{};                             // the same
        std::unique_ptr<Timer> looks_again{};                     // whether a closed one has delivered all

        bool has_told_its_end() const { return end.status || !end.signal.empty(); }
    };

    SshClient(EventLoop& loop, SshClientSettings settings);
    void log_in(Link link, Outcome<void> on_login);
    ProgramId ask_for_channel(std::string_view kind, Bytes details, std::optional<RemoteCommand> command,
                              std::unique_ptr<ChannelEndpoint> endpoint, Outcome<ProgramId> on_started);
    Result<ProgramId> wait_for_start(std::string_view kind, Bytes details, std::optional<RemoteCommand> command,
                                     std::unique_ptr<ChannelEndpoint> endpoint);
    template <class T, class Begin>
    Result<T> wait(Begin begin);                                  // begin(Outcome<T>) is the ProgramId that is waited for
    void ask_for_program(ChannelId channel, const RemoteCommand& command);
    using Programs = std::map<std::uint64_t, Program>;            // by ProgramId
    Programs::iterator program_at(ChannelId channel);             // end(): there is none
    Program* awaited(ProgramId id);                               // null: there is none, or it was left
    void lose_channel(Program& program);
    void abandon(Program& program);                               // see leave(); what is left is to let it go
    void forget(ProgramId id);                                    // the same at once: no endpoint is at work
    // Takes a left program's endpoint, which is destroyed once the table is in order: what it holds may leave() others.
    // Without a channel the program is forgotten.  The one behind it.
    using Endpoints = std::vector<std::unique_ptr<ChannelEndpoint>>;
    Programs::iterator let_go(Programs::iterator left, Endpoints& endpoints);
    void drop(ChannelId channel);                                 // with its endpoint, if it has one
    void let_go_soon();                                           // of all of them, when no endpoint is at work
    bool offer(const ConnectionEvent& event) noexcept;            // calls on_event, which must not throw

    // From the loop, when neither the driver nor an endpoint is at work: what is called may destroy us.
    void tell_soon(std::function<void()> tell);
    template <class T>
    void tell_soon(Outcome<T> told, Result<T> outcome)
    {
        tell_soon([told = std::move(told), outcome = std::move(outcome)]() mutable {
            if (told)
                told(std::move(outcome));
        });
    }
    void tell_all() noexcept;                                     // calls functions of others, which must not throw
    void look_soon(ProgramId id);                                 // the next three, where there is something to tell
    void tell_start(ProgramId id);
    void tell_end(ProgramId id);
    void tell_login();

    Result<void> drain() override;
    void ended(const Error& why) override;
    Result<void> on(const KeysInUse& event);
    Result<void> on(const LoggedIn& event);
    Result<void> on(const PeerLeft& event);
    Result<void> on(const OpenRequested& event);
    Result<void> on(const Opened& event);
    Result<void> on(const OpenRefused& event);
    Result<void> on(const Requested& event);
    Result<void> on(const RequestAnswered& event);
    Result<void> on(const PeerFinished& event);
    Result<void> on(const Closed& event);
    Result<void> on(const GlobalRequested& event);
    Result<void> on(const GlobalAnswered& event);
    Result<void> on(const EndpointEvent auto& event)
    {
        if (!driver_->handle(event) && (by_channel_.contains(event.channel.value) || !offer(event)))
            driver_->handle_or_drop(event);
        return {};
    }
    Result<void> on(const auto&) { return {}; }                   // nothing that concerns us

    EventLoop& loop_;
    SshClientSettings settings_;
    NoLog no_log_;
    SystemRandom random_;
    std::optional<ClientSession> session_;
    std::optional<ConnectionDriver> driver_;
    std::optional<ForwardedSockets> sockets_;
    OwnGlobalRequests globals_;
    struct AskedGlobal {
        std::string name;
        Outcome<ByteVector> on_answer;
    };
    std::map<OwnGlobalRequests::Number, AskedGlobal> asked_globals_;   // of these, until they are answered
    Programs programs_;                                           // until somebody has asked how they ended
    std::map<std::uint32_t, ProgramId> by_channel_;               // of those that are open
    Endpoints dropped_;                                           // of others' channels, until then
    std::unique_ptr<Timer> soon_;                                 // for let_go_soon()
    std::vector<std::function<void()>> untold_;                   // see tell_soon()
    std::unique_ptr<Timer> tells_;                                // them
    Outcome<void> on_login_;                                      // until it is called
    std::uint64_t last_program_ = 0;
    std::shared_ptr<const bool> lives_ = std::make_shared<bool>(true);   // for who must notice that we are gone
    bool has_keys_ = false;                                       // what follows is the login
    bool logged_in_ = false;
    std::optional<Error> ended_;
};

// Our own 0, 1 and 2, for SshClient::run(), without changing them for whoever shares them.
Result<EndpointFds> standard_streams();

} // namespace nacre
