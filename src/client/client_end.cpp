// How a Client ends: in order, once nobody needs its connection any more, or with a sentence that says why not.
#include <csignal>

#include "base/text.h"
#include "client/client.h"

namespace nacre {

// Whoever uses a forwarding, or the connection for a session, may go on using it.
void Client::session_ended(int status)
{
    status_ = status;
    session_over_ = true;
    if (others() > 0 && terminal_session_ && terminal_session_->has_tty()) {
        terminal_session_->leave_raw();
        log_.info("Waiting for {} other user{} of this connection.", others(), others() == 1 ? "" : "s");
    }
    look_whether_done();
}

void Client::look_whether_done()
{
    if (mux_)
        mux_->look_whether_idle();
    if (session_over_ && others() == 0)
        finish(status_);
}

void Client::finish(int status)
{
    status_ = status;
    finished_ = true;
    driver_->end(Error{ErrorKind::system, "disconnected by user", DisconnectReason::by_application, 0});
}

void Client::ended(const Error& why)
{
    socket_ = -1;
    if (auto pause = pause_if_refused()) {
        connect_again(*pause);
        return;
    }
    if (failed_by_haste(why)) {
        log_.debug1("{}; connecting again, step by step", why.what);
        lose_haste();
        connect_again(Duration::zero());
        return;
    }
    if (learnt_)
        memory_->save(*learnt_);
    if (mux_)
        mux_->stop_listening();
    bool tty = terminal_session_ && terminal_session_->has_tty();
    if (terminal_session_)
        terminal_session_->leave_raw();
    if (!finished_)
        status_ = failure_status;
    if (finished_ && tty)
        log_.info("Connection to {} closed.", host_shown());
    if (!finished_ && !reported_)
        report(why);
    loop_.stop();
}

// A refusal before the server's version line; behind a program it is that program's affair.
std::optional<Duration> Client::pause_if_refused()
{
    auto& transport = session_->transport();
    if (finished_ || !peer_ || !transport.peer_version().empty() || !is_refusal(transport.greeting()))
        return std::nullopt;
    auto pause = refused_attempts_.next_pause();
    if (pause)
        log_.info("{} takes no more connections at the moment ({}); trying again.", host_shown(),
                  quoted_greeting(transport.greeting()));
    return pause;
}

// Called while the driver is ending: it is replaced later, by a new connection.
void Client::connect_again(Duration after)
{
    patience_.reset();
    again_ = loop_.at(loop_.now() + after, [this] {
        stdio_forward_.reset();
        terminal_session_.reset();
        forwarding_.reset();
        questions_.reset();
        driver_.reset();
        session_.reset();
        if (proxy_ && proxy_->is_running())
            (void)proxy_->send_signal(SIGHUP);
        proxy_.reset();
        if (auto connected = connect(); !connected) {
            say_lines(log_, LogLevel::error, connected.error().what);
            status_ = failure_status;
            loop_.stop();
        }
    });
}

void Client::report_words_before_version()
{
    auto& transport = session_->transport();
    auto words = quoted_greeting(transport.greeting());
    if (words.empty() || !transport.peer_version().empty())
        return;
    log_.error("The server sent {} instead of an SSH version.", words);
    if (is_refusal(transport.greeting()))
        log_.error("It has too many logins under way (MaxStartups), or keeps this address out for a while "
                   "(PerSourcePenalties).");
}

void Client::report(const Error& why)
{
    report_words_before_version();
    if (why.reason == DisconnectReason::no_more_auth_methods_available && session_->auth()) {
        log_.error("{}@{}: {}", printable(options_.user), host_shown(), why.what);
        for (auto& line : login_->explain(*session_->auth(), session_->auth()->methods_left()))
            log_.error("{}", line);
        return;
    }
    bool by_peer = why.kind == ErrorKind::system && why.reason == DisconnectReason::connection_lost && why.os_error == 0;
    if (by_peer && why.what.starts_with("Connection closed")) {
        if (session_->logged_in())
            log_.info("Connection to {} closed by remote host.", host_shown());
        else
            log_.error("Connection closed by {}", remote_id());
        return;
    }
    if (why.kind == ErrorKind::incompatible) {
        log_.error("Unable to negotiate with {}: {}", remote_id(), why.what);
        return;
    }
    if (why.kind == ErrorKind::system && why.os_error != 0) {
        log_.error("Connection to {} lost: {}", host_shown(), why.what);
        return;
    }
    // The sentence begins a line: people and tools look for it there.
    log_.error("{}", why.what);
    if (why.kind == ErrorKind::peer_misbehaved)
        log_.error("Disconnected from {}", remote_id());
}

} // namespace nacre
