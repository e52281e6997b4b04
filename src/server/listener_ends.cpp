// PRIVILEGED: sshd itself.  How connections end, and what the listener makes of it.
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <utility>

#include "base/text.h"
#include "server/listener.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

// And is not buried yet: until then its number is nobody else's.
bool has_ended(int monitor)
{
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(monitor), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == monitor;
}

// Whoever is left of the process group that this monitor led: what a command that was asked for keys, or a module of PAM's,
// has started.
void end_group_of(int monitor)
{
    if (has_ended(monitor))
        (void)::kill(-monitor, SIGKILL);
}

} // namespace

void Listener::grace_is_over(int pid)
{
    auto& connection = connections_.at(pid);
    tell_end(connection, events::DisconnectCause::grace_exceeded, {});
    end_ourselves(connection, LoginEnd::grace_exceeded);
}

void Listener::end_ourselves(Connection& connection, LoginEnd as)
{
    connection.ends_as = as;
    (void)connection.process.send_signal(SIGKILL);
}

void Listener::process_ended(int pid)
{
    auto found = connections_.find(pid);
    hear_the_rest(pid);
    if (!found->second.is_login_done)
        end_group_of(pid);
    auto status = found->second.process.check();
    if (status && !*status)
        return;
    bool by_signal = !status || (*status)->signal != 0;
    if (status && by_signal && !found->second.ends_as)
        tell_end(found->second, events::DisconnectCause::monitor_died,
                 fmt::format("was ended by signal {}", (*status)->signal));
    auto end = by_signal ? login_end_by_signal(status ? (*status)->signal : 0) : static_cast<LoginEnd>((*status)->code);
    if (by_signal)                                                // else it had ended before we got to it
        end = found->second.ends_as.value_or(end);
    if (end == LoginEnd::crash && !found->second.is_login_done)   // the monitor of a user's own session may be his to kill
        end_logins_beside(found->second);
    if (end == LoginEnd::crash || end == LoginEnd::died)
        renew_monitors();
    if (!found->second.is_login_done)
        penalise(found->second, end);
    login_is_done(pid);
    if (status && **status == ExitStatus{other_protocol_status})
        log_.error("sshd-session is of another version than sshd: send SIGHUP once all programs are installed");
    last_status_ = end == LoginEnd::fine ? 0 : 255;
    auto records = std::move(found->second.records);
    connections_.erase(found);
    if (!records.empty())
        close_records(records);
    reap_strangers();
    if (only_one_)
        loop_.stop();
}

// Whoever made that one crash may have learnt or tried addresses that are the same in these, and holds many of them open.  Who
// is logged in goes on, and nobody but him who did it gets a penalty: not so those that have crashed at the same time.
void Listener::end_logins_beside(const Connection& crashed)
{
    if (crashed.zygote == 0)
        return;
    for (auto& [pid, connection] : connections_) {
        if (&connection == &crashed || connection.zygote != crashed.zygote || connection.ends_as)
            continue;
        hear_the_rest(pid);                                       // it may just have logged in
        if (connection.is_login_done || has_ended(pid))
            continue;
        connection.grace.reset();
        tell_end(connection, events::DisconnectCause::terminated, "a process with the same addresses has crashed");
        end_ourselves(connection, LoginEnd::fine);
    }
}

// Who comes next finds other addresses than those that one who made a process crash may have tried.
void Listener::renew_monitors()
{
    if (!spares_.empty())
        refill_again();
    spares_.clear();                                              // their sockets close, and they end
    source_.renew();
}

void Listener::penalise(const Connection& connection, LoginEnd end)
{
    auto penalty = penalties_.connection_ended(connection.facts.source, end, loop_.now());
    if (penalty)
        log_.tell(events::Penalised{std::string{penalty->why}, std::chrono::duration_cast<Seconds>(penalty->left).count(),
                                    penalty->is_felt},
                  connection.facts);
}

// Of a connection whose monitor does not say it itself.
void Listener::tell_end(const Connection& connection, events::DisconnectCause cause, std::string text)
{
    events::Disconnected event;
    event.cause = cause;
    event.is_logged_in = connection.is_login_done;
    event.text = std::move(text);
    event.milliseconds = events::milliseconds(loop_.now() - connection.began);
    event.process = connection.process.pid();
    log_.tell(event, connection.facts);
}

// What it said before it ended.
void Listener::hear_the_rest(int pid)
{
    auto& connection = connections_.at(pid);
    pollfd more{connection.control.fd(), POLLIN, 0};
    while (connection.control_watch && ::poll(&more, 1, 0) > 0)
        control_ready(pid);
}

// A monitor was killed with records open.  Whoever closes them is nobody's connection: reap_strangers() sees its end.
void Listener::close_records(const OpenRecords& records)
{
    auto session = take_spare(Lives::as_long_as_it_likes);
    auto sent = session ? session->control.send(records.to_close()) : fail(std::move(session).error());
    if (!sent)
        log_.error("login records of a killed sshd-session stay open: {}", printable(sent.error().what));
}

// After a reload the sessions of the program before are still our children, though nobody here knows them.
void Listener::reap_strangers()
{
    siginfo_t who{};
    while (::waitid(P_ALL, 0, &who, WEXITED | WNOHANG | WNOWAIT) == 0 && who.si_pid > 0) {
        if (connections_.contains(who.si_pid))
            return;                                               // process_ended() is about to hear of it, and comes back
        if (std::erase_if(spares_, [&](auto& spare) { return spare.process.pid() == who.si_pid; }) > 0)
            refill_again();
        ::waitpid(who.si_pid, nullptr, WNOHANG);                  // a spare has waited for itself
    }
}

} // namespace nacre
