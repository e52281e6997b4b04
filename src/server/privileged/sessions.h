// PRIVILEGED: runs in sshd-session as root.  Sessions after the login: what may run is decided here, sshd-user runs it.
//
// Descriptors pass through: pipes from sshd-user to sshd-net, a terminal's master to sshd-net and
// its slave to sshd-user.  sshd-user is the user's process and is believed no more than sshd-net.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/event_loop.h"
#include "os/process.h"
#include "os/pty.h"
#include "server/privileged/login.h"
#include "server/session_questions.h"
#include "server/user_orders.h"

namespace nacre {

class Sessions {
public:
    Sessions(EventLoop& loop, const Startup& startup, const ConnectionInfo& connection, Login& login,
             MessageSocket& network, Log& log)
        : loop_(loop), startup_(startup), connection_(connection), login_(login), network_(network), log_(log)
    {
    }
    ~Sessions();

    // sshd-user, once somebody is logged in.  `on_end`: it is gone, and the connection with it.
    Result<void> start_user_process(int program_fd, std::function<void(std::string)> on_end);

    Result<void> on(const OpenSession& question);
    Result<void> on(const AskTerminal& question);
    Result<void> on(const AskVariable& question);
    Result<void> on(const AskProgram& question);
    Result<void> on(const WindowChanged& news);
    Result<void> on(const AskSignal& question);
    Result<void> on(const AskBreak& question);
    Result<void> on(const SessionGone& news);

private:
    struct Session {
        std::uint32_t id = 0;                                     // towards sshd-user: never used twice
        std::vector<Variable> variables;
        std::string term;
        std::optional<Pty> pty;                                   // the master here is for window sizes
        bool asked_for_program = false;
        bool starting = false;
        bool running = false;
        bool is_signallable = false;
        bool recorded = false;                                    // in utmp
        std::uint32_t pid = 0;
    };
    struct Command {
        std::string text;                                         // for the shell; empty: a login shell
        std::string original;
        bool forced = false;
    };

    Session* find(std::uint32_t channel);
    Result<void> answer(std::uint32_t channel, bool granted) { return network_.send(SessionAnswer{channel, granted}); }
    bool may_have_terminal() const;
    Result<void> make_terminal(Session& session, const AskTerminal& question);
    std::optional<Command> command_for(const AskProgram& question);
    std::string resolve_subsystem(std::string_view command) const;
    RunProgram order_for(const Session& session, const Command& command) const;
    std::string greeting() const;
    void log_start(std::string_view kind, std::string_view detail, const Session& session, std::uint32_t channel);

    void user_ready();
    Result<void> on_user(ReceivedMessage message);
    Result<void> on(const BecameUser& news);
    Result<void> on(const ProgramStarted& news, std::vector<Fd> fds);
    Result<void> on(const ProgramExited& news);
    void record(Session& session, bool login);
    void give_up_terminal(Session& session);

    EventLoop& loop_;
    const Startup& startup_;
    const ConnectionInfo& connection_;
    Login& login_;
    MessageSocket& network_;
    Log& log_;
    MessageSocket user_;
    Child user_process_;
    std::unique_ptr<Watch> user_watch_;
    std::function<void(std::string)> on_end_;
    std::map<std::uint32_t, Session> sessions_;                   // by channel
    std::uint32_t next_id_ = 1;
};

} // namespace nacre
