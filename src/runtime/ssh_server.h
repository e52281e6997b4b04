// A server of one's own in a few lines: who may log in, and what happens to what clients ask to be run.
//
//     SshServer server{loop, {.answers = {…}, .start = [](ServedProgram& program) { …; return true; }}};
//     TRY(server.listen({.host = "127.0.0.1", .port = 2222}));
//     loop.run();
//
// Everything happens in the loop's thread; what the server calls should return soon, since all clients wait meanwhile.  It
// must not destroy the server, but may call anything else: close(), for example, after which run() returns.
// Sessions are served; forwardings and everything else that a client may ask for are refused, unless on_event sees to it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/strong.h"
#include "connection/terminal_modes.h"
#include "keys/public_key.h"
#include "os/event_loop.h"
#include "os/socket.h"
#include "runtime/forwarded_sockets.h"
#include "runtime/listener.h"
#include "runtime/memory_endpoint.h"
#include "session/server_answers.h"

namespace nacre {

// One connection of an SshServer; no two have the same, also when the first is long over.
using ServedClientId = Strong<struct ServedClientIdTag, std::uint64_t>;

// Who is at the other end of a connection, as far as that is known.
struct ServedClient {
    ServedClientId id{};
    std::optional<SocketAddress> address{};                       // where it comes from; nothing: not by TCP
    std::string user{};                                           // who has logged in; empty before that
    std::string method{};                                         // how: "publickey", "password" … (auth/methods.h)
    std::optional<PublicKey> key{};                               // with which key, where it was a key
};

// What a client has asked to be run on one channel: a shell, a command or a subsystem, which is whatever you make of it.
//
// It lives from the request until the channel is closed, and ends with on_gone.  Its functions are called by the loop.
class ServedProgram {
public:
    enum class Kind { shell, command, subsystem };                // what was asked for
    struct Terminal {                                             // what the client sits in front of
        std::string name{};                                       // "xterm-256color"
        std::uint32_t columns = 0, rows = 0;
        std::uint32_t width_pixels = 0, height_pixels = 0;        // 0: not known
        TerminalModes modes{};                                    // what keys do, by opcode (RFC 4254 §8); 160 at most
    };

    const ServedClient& client() const { return *client_; }       // whose it is
    const std::string& user() const { return client_->user; }     // who has logged in
    Kind kind() const { return kind_; }                           // which of them
    const std::string& command() const { return command_; }       // or the subsystem's name; empty for a shell
    const std::map<std::string, std::string>& environment() const { return environment_; }   // what the client has sent
    const std::optional<Terminal>& terminal() const { return terminal_; }   // if the client has asked for one

    // Copied, sent as the client takes it.  Look at unsent(), or wait for on_room, where much is to be written.
    void write(Bytes data) { endpoint_->write(Stream::data, data); }
    void write(std::string_view text) { write(as_bytes(text)); }  // the same of text
    // What the client prints as standard error.
    void write_error(std::string_view text) { endpoint_->write(Stream::stderr_data, as_bytes(text)); }
    std::size_t unsent() const { return endpoint_->unsent(); }    // bytes
    // While held, no input comes: what the client has sent waits, one window at most, and further input stays with it.  To be
    // said where on_data cannot pass on what it got; nothing comes before the loop's next round after it is let go.  What
    // waits when the client closes the channel is lost.
    void hold_input(bool yes) { endpoint_->hold_input(yes); }
    // The program is over: what was written goes out, then its status, then the channel is closed.
    void end(std::uint32_t status);
    void end_by_signal(std::string_view signal, bool core_dumped = false);   // the same: it was killed; without "SIG"

    std::function<void(Bytes data)> on_data;                      // the client's input, as it comes
    std::function<void()> on_end;                                 // there will be no more input
    std::function<void()> on_room;                                // no more than MemoryEndpoint::most_unsent is unsent
    std::function<void(std::string_view signal)> on_signal;       // without "SIG"
    std::function<void(const Terminal&)> on_resize;
    std::function<void()> on_gone;                                // nothing can be written any more; the last call

private:
    friend class ServedConnection;
    ServedProgram(const ServedClient& client, MemoryEndpoint& endpoint) : client_(&client), endpoint_(&endpoint) {}

    const ServedClient* client_;                                  // the connection's
    Kind kind_ = Kind::shell;
    std::string command_;
    std::map<std::string, std::string> environment_;
    std::optional<Terminal> terminal_;
    MemoryEndpoint* endpoint_;                                    // the driver's, as long as the channel
    bool started_ = false;
    std::uint32_t status_ = 0;
    std::string signal_;                                          // which has ended it; empty: status_ tells
    bool core_dumped_ = false;
};

// One connection as it is, for what programs are not enough for: forwardings, channels and requests of your own.  It lasts
// until on_closed has been called.
struct ServedPeer {
    const ServedClient& client;                                   // who has logged in
    Connection& connection;                                       // after a change, save in on_event: driver.advance()
    ConnectionDriver& driver;                                     // moves its bytes
    ForwardedSockets& sockets;                                    // the ways between sockets here and channels there
};

// What a server does.  Everything but `answers` and `start` may stay as it is.
struct SshServerSettings {
    ServerAnswers answers{};                                      // what this host is called, and who may log in
    // Answers for this client instead, of whom the address is known: rules that depend on where somebody comes from.
    // Nothing: it is hung up on at once.
    std::function<std::optional<ServerAnswers>(const ServedClient&)> answers_for{};
    std::function<void(const ServedClient&)> on_login{};          // it has logged in
    std::function<void(const ServedClient&)> on_closed{};         // the connection is over, whether it has logged in or not
    // A client wants this to run.  Set the program's functions and return true, or return false to refuse it.
    std::function<bool(ServedProgram&)> start{};
    // What the server has no use for itself: channels of other kinds than "session", requests that belong to no
    // session, and whatever becomes of channels and requests that you have opened and made in the peer's connection.
    // True: you have seen to it (a channel is accepted or refused, or will be; a request that wants a reply has been
    // answered).  False: channels and requests are refused, data are dropped.  Data and ends of channels with an
    // endpoint go to that.  What one client can open so is bounded by Connection::most_channels.
    std::function<bool(ServedPeer&, const ConnectionEvent&)> on_event{};
    bool terminals = false;                                       // clients may have one, and leave echo and lines to you
    TransportSettings transport{};                                // algorithms, rekeying
    Duration login_grace = std::chrono::seconds{120};             // then who is not logged in is hung up on
    std::size_t most_connections = 1000;                          // logged in or not
    // Strangers: so many that have not logged in.  Where one more comes than this or most_connections allows, the one
    // that has been a stranger for the longest time is hung up on; if there is none, the newcomer is.
    std::size_t most_logging_in = 100;
    // A client that has been silent for so long is asked whether it is there; that many questions without an answer end it.
    // 0: only the kernel asks (TCP keep-alive), which takes hours.
    Duration alive_interval{};
    unsigned alive_count_max = 3;                                 // see alive_interval
    std::size_t most_programs = 10;                               // on one connection
    Log* log = nullptr;                                           // null: nobody listens; else it must live as long
};

class ServedConnection;

// Listens, and serves whoever comes.
class SshServer {
public:
    SshServer(EventLoop& loop, SshServerSettings settings);       // listens nowhere yet
    ~SshServer();                                                 // hangs up on everybody; not while it calls something

    // Listens there, too; port 0 is any that is free.  Where it listens now.  bad_input: the server has no host key, and no
    // answers_for that could bring one.
    Result<SocketAddress> listen(const SocketAddress& where);
    void serve(Fd socket);                                        // somebody who has connected in another way
    std::size_t connections() const { return connections_.size(); }   // logged in or not
    void stop_listening();                                        // who is there may stay
    // Stops listening, and hangs up on everybody from the loop: nobody is there any more when connections() says so.
    void close();
    // Hangs up on a client, from the loop.  False: it is gone.
    bool disconnect(ServedClientId client);
    ServedPeer* peer(ServedClientId client);                      // null: it is gone, or has not logged in yet

private:
    friend class ServedConnection;
    // Calls the settings' functions, which must not throw.
    void serve(Fd socket, std::optional<SocketAddress> address) noexcept;
    bool make_room();                                             // for one more; false: there is none
    Log& log() { return settings_.log ? *settings_.log : no_log_; }
    ServedConnection* find(ServedClientId client) const;          // null: it is gone
    void forget_soon();                                           // connections that are over

    EventLoop& loop_;
    SshServerSettings settings_;
    NoLog no_log_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::unique_ptr<ServedConnection>> connections_;  // the oldest first
    std::uint64_t last_client_ = 0;
    std::unique_ptr<Timer> soon_;
};

} // namespace nacre
