// PRIVILEGED: runs in sshd-session as root.  Sessions after the login: what may run is decided here, sshd-user runs it.
//
// Descriptors pass through: pipes from sshd-user to sshd-net, a terminal's master to sshd-net and
// its slave to sshd-user.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "os/pty.h"
#include "server/built_in_programs.h"
#include "server/privileged/forwardings.h"
#include "server/privileged/login.h"
#include "server/privileged/user_link.h"
#include "server/session_questions.h"
#include "server/user_orders.h"

namespace nacre {

class Sessions {
public:
    Sessions(const Startup& startup, const ConnectionInfo& connection, Login& login, MessageSocket& network,
             MessageSocket& listener, UserLink& user, Forwardings& forwardings, bool names_link_first,
             EventLog& log)
        : startup_(startup), connection_(connection), login_(login), network_(network), listener_(listener), user_(user),
          forwardings_(forwardings), names_link_first_(names_link_first), log_(log)
    {
    }
    ~Sessions();

    bool has(std::uint32_t number) const { return sessions_.contains(number); }

    // From sshd-net.
    Result<void> on(const OpenSession& question);
    Result<void> on(const AskTerminal& question);
    Result<void> on(const AskVariable& question);
    Result<void> on(const AskProgram& question);
    Result<void> on(const WindowChanged& news);
    Result<void> on(const AskSignal& question);
    Result<void> on(const AskBreak& question);
    Result<void> on(const SessionGone& news);

    // From sshd-user.
    Result<void> on(const BecameUser& news);
    Result<void> on(const ProgramStarted& news, std::vector<Fd> fds);
    Result<void> on(const ProgramExited& news);

private:
    struct Session {
        std::uint32_t program_id = 0;                             // towards sshd-user: never used twice
        std::vector<Variable> variables;
        std::size_t variables_size = 0;                           // bytes
        bool was_told_of_excess = false;                          // the log, of variables beyond the bounds
        std::string term;
        std::optional<Pty> pty;                                   // the master here is for window sizes
        ProgramState program{};
        bool is_signallable = false;
        bool recorded = false;                                    // in utmp
        std::uint32_t pid = 0;
        std::optional<TimePoint> began;                           // its program
        std::optional<std::uint32_t> status;                      // of the program, once it has ended; or
        std::optional<std::string> signal;
    };
    struct Command {
        std::string text;                                         // for the shell
        std::string original;
        bool forced = false;
        std::string_view forced_by{};                             // "config", "key-option", or "login": what went on there
        bool is_subsystem = false;
        bool is_shell = false;                                    // what the client asks for
        std::string_view built_in{};                              // of server/built_in_programs.h; empty: text is run

        bool is_login_shell() const { return is_shell && !forced; }
        // Instead of whatever was wanted: the client's variables do not count.
        bool stands_alone() const { return built_in == password_change || built_in == no_session_notice; }
    };

    Session* find(std::uint32_t number);
    Result<void> answer(std::uint32_t number, bool granted) { return network_.send(SessionAnswer{number, granted}); }
    bool may_have_terminal() const;
    Result<void> make_terminal(Session& session, const AskTerminal& question);
    std::optional<Command> command_for(const AskProgram& question);
    std::string_view built_in_for(const Command& command, ProgramKind kind) const;
    RunProgram order_for(std::uint32_t number, const Session& session, const Command& command) const;
    std::string words_of_pam() const;                             // these three: parts of a greeting
    std::string words_for_terminal() const;
    std::string words_of_last_login() const;
    void tell_start(const AskProgram& question, const Command& command, Session& session);
    void tell_end(std::uint32_t number, const Session& session, const SessionGone* news);

    void record(Session& session, bool login);
    void give_up_terminal(Session& session);

    const Startup& startup_;
    const ConnectionInfo& connection_;
    Login& login_;
    MessageSocket& network_;
    MessageSocket& listener_;
    UserLink& user_;
    Forwardings& forwardings_;
    bool names_link_first_;                                       // the client does, in SSH_FXP_SYMLINK
    EventLog& log_;
    std::map<std::uint32_t, Session> sessions_;                   // by sshd-net's number
    std::uint32_t next_program_id_ = 1;
};

} // namespace nacre
