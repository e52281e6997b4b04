// The one session of an ssh: a shell, a command or a subsystem at the other end, our 0, 1, 2 at this one.
//
// Everything the session asks for leaves together as soon as the channel is open, or with the request to open it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "client/client_log.h"
#include "client/configuration.h"
#include "client/escapes.h"
#include "client/keystroke_pacer.h"
#include "client/local_terminal.h"
#include "client/session_requests.h"
#include "client/typed_line.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

class TerminalSession {
public:
    // What happens outside of the session.
    struct Callbacks {
        std::function<void(int status)> ended;                    // the program is over and its output delivered
        std::function<void()> disconnect;                         // ~.
        std::function<void()> rekey;                              // ~R
        std::function<std::vector<std::string>()> connections;    // ~#: a line each
        std::function<std::vector<std::string>()> connection_info;   // ~I: the same
        std::function<void()> background;                         // ~&
        std::function<KeystrokePacer*()> pacer;                   // ObscureKeystrokeTiming, once logged in; null: off
        std::function<void(std::string line)> command;            // ~C; empty where EnableEscapeCommandline is off
    };

    TerminalSession(EventLoop& loop, ConnectionDriver& driver, Connection& connection, const Configuration& configuration,
                    SessionPlan plan, ClientLog& log, Callbacks callbacks);

    // Once logged in; or before, together with a login that may still fail (ChannelsMayOpen): then everything leaves at
    // once, and the server's number for the channel is taken to be 0.
    enum class When { logged_in, early };
    Result<void> open(When when);

    bool on(const Opened& event);                                 // these: false if not ours
    Result<bool> on(const OpenRefused& event);
    bool on(const Requested& event);
    Result<bool> on(const RequestAnswered& event);
    bool on(const Closed& event);

    void offer_x11(const X11Access* access) { x11_ = access; }    // before the channel is open
    void show_line(std::string_view text);                        // to the person, in between
    void show(std::string_view text) { terminal_.show(text); }    // the same, as it is
    void run_aside(const std::function<void()>& action);          // the terminal as it was
    void abandon();                                               // goes on without us: nothing more is read or shown

    bool runs_in(ChannelId channel) const { return channel == channel_; }
    bool has_tty() const { return has_tty_; }
    bool program_is_refused() const { return program_is_refused_; }   // the server does not start what was asked for
    void leave_raw() { terminal_.leave_raw(); }
    // The connection is gone behind the session: calls `done` when what has come is written, or can never be.
    void finish_output(std::function<void()> done);
    bool is_closed() const { return is_closed_; }                 // by the server: its program has ended
    bool has_delivered_all() const;                               // all output of it that has come is written
    // What the program has said of its end, where the connection is lost before the channel is closed.  255: nothing,
    // or some of what had come could not be written.  Of output that the server has kept back it says nothing.
    int status_heard() const;

private:
    void ask_for_everything();
    Result<void> prepare_streams();
    void use_terminal();
    void window_changed();
    void typed_command(EscapeCommand command);
    void obey_commands();
    void obey(EscapeCommand command);
    void change_level(int by);
    void list_connections();
    bool typed_text(char typed);
    void stream_failed(std::string_view which, const Error& why);
    int status() const;                                           // as far as it has been heard
    FdEndpoint* endpoint() const;

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    const ClientOptions& options_;
    SessionPlan plan_;
    ClientLog& log_;
    Callbacks callbacks_;

    LocalTerminal terminal_;
    std::optional<Escapes> escapes_;
    std::optional<TypedLine> line_;                               // ~C
    const X11Access* x11_ = nullptr;
    ChannelId channel_{};
    EndpointFds streams_;
    std::unique_ptr<ChannelEndpoint> last_;                       // still delivers, though the channel is closed
    std::optional<SessionRequests> requests_;                     // once everything is asked for
    std::unique_ptr<SignalWatch> window_watch_;
    std::vector<EscapeCommand> commands_;                         // typed, not obeyed yet
    std::vector<std::string> lines_;                              // typed behind ~C, not obeyed yet
    std::unique_ptr<Timer> soon_;
    bool has_tty_ = false;
    bool is_closed_ = false;
    bool program_is_refused_ = false;
    bool stream_has_failed_ = false;                              // of ours: not everything arrived
};

// SetEnv's TERM, else our own: it goes with the request for a terminal, which asks no AcceptEnv.
std::string terminal_type(const ClientOptions& options, const std::optional<std::string>& own);

// What SendEnv and SetEnv send, in order; `own` are lines NAME=value.
std::vector<Variable> variables_to_send(const ClientOptions& options, const std::vector<std::string>& own);

} // namespace nacre
