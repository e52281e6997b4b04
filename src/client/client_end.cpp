// How a Client ends: in order, once nobody needs its connection any more, or with a sentence that says why not; and how it
// goes on without its terminal.
#include <array>
#include <chrono>
#include <csignal>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "client/client.h"
#include "os/background_resolve.h"
#include "os/process.h"
#include "os/signals.h"

namespace nacre {
namespace {

constexpr std::chrono::milliseconds glance{20};                   // how often what a fork waits for is looked at
constexpr std::array heard{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};

} // namespace

// From here on a terminal may have to be put right before we die.
void Client::watch_signals()
{
    for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
        if (is_ignored(signal))                                   // the parent left it so (nohup), and so it stays
            continue;
        signals_.push_back(loop_.on_signal(signal, [this, signal] {
            if (terminal_session_)
                terminal_session_->leave_raw();
            // What only forwards ends well when it is told to, as service managers do.
            bool was_told = signal == SIGTERM && options_.session_type == SessionType::none;
            if (!was_told)
                log_.verbose("Killed by signal {}.", signal);
            finish(was_told ? 0 : failure_status);
        }));
    }
}

// Whoever uses a forwarding, or the connection for a session, may go on using it.
void Client::session_ended(int status)
{
    status_ = status;
    session_over_ = true;
    if (others() > 0) {
        bool sits_there = terminal_session_ && terminal_session_->has_tty();
        if (sits_there)
            terminal_session_->leave_raw();
        log_.write(sits_there ? LogLevel::info : LogLevel::debug1,
                   fmt::format("Waiting for {} other user{} of this connection.", others(), others() == 1 ? "" : "s"));
    }
    look_whether_done();
}

void Client::look_whether_done()
{
    if (ended_by_)
        return conclude_when_delivered();
    if (mux_)
        mux_->look_whether_idle();
    if (session_over_ && others() == 0)
        finish(status_);
}

void Client::finish(int status)
{
    status_ = status;
    finished_ = true;
    if (driver_->is_over())                                       // but for output that nobody takes
        return loop_.stop();
    driver_->end(Error{ErrorKind::system, "disconnected by user", DisconnectReason::by_application, 0});
}

bool Client::failed_by_haste(const Error& why) const
{
    return flights_ && !finished_ && flights_->haste_may_be_to_blame(why, *session_, login_ ? &*login_ : nullptr);
}

void Client::ended(const Error& why)
{
    acknowledged_at_once_ = -1;
    if (auto pause = pause_if_refused()) {
        connect_again(*pause);
        return;
    }
    if (failed_by_haste(why)) {
        log_.debug1("{}; connecting again, step by step", why.what);
        flights_->begin_anew(*session_);
        connect_again(Duration::zero());
        return;
    }
    if (flights_)
        flights_->over(*session_);
    // A server may hang up as soon as it has told the status.
    if (mux_) {
        mux_->stop_listening();
        mux_->abandon_all("the connection has ended", has_hung_up(why) ? StatusHeard::counts : StatusHeard::is_void);
    }
    if (finished_ || !has_output_left())
        return conclude(why);
    if (terminal_session_ && !terminal_session_->is_closed()) {   // nothing keeps its person from going
        terminal_session_->leave_raw();
        if (!std::exchange(reported_, true))
            report(why);
        log_.info("Waiting for others to read what has come for them through this connection.");
    }
    forwarding_->stop_listening();
    ended_by_ = why;
    conclude_when_delivered();
}

bool Client::session_delivers() const
{
    return terminal_session_ && terminal_session_->is_closed() && !terminal_session_->has_delivered_all();
}

bool Client::has_output_left() const
{
    return session_delivers() || (stdio_forward_ && stdio_forward_->delivers()) || (mux_ && mux_->delivers());
}

// What has come is still written, however slow its readers are.  All tell when they are done but our session, which is asked,
// once, to look again.
void Client::conclude_when_delivered()
{
    last_output_ = loop_.at(loop_.now(), [this] {
        if (!has_output_left())
            conclude(*ended_by_);
        else if (session_delivers())
            terminal_session_->finish_output([this] { conclude_when_delivered(); });
    });
}

int Client::status_at(const Error& end) const
{
    if (stdio_forward_ && stdio_forward_->is_closed())
        return status_;                                           // by session_ended()
    bool counts = terminal_session_ && (has_hung_up(end) || terminal_session_->is_closed());
    return counts ? terminal_session_->status_heard() : failure_status;
}

void Client::conclude(const Error& why)
{
    bool tty = terminal_session_ && terminal_session_->has_tty();
    if (terminal_session_)
        terminal_session_->leave_raw();
    if (!finished_)
        status_ = status_at(why);
    if (finished_ && tty)
        log_.info("Connection to {} closed.", host_shown());
    if (finished_)
        tell_traffic();
    if (timeline_)
        timeline_->note(finished_ ? "end" : "failed", finished_ ? fmt::format("exit status {}", status_) : why.what);
    if (proxy_errors_)
        proxy_errors_->pass_on();
    if (!finished_ && !reported_)
        report(why);
    loop_.stop();
}

void Client::tell_traffic()
{
    auto& transport = session_->transport();
    if (logged_in_at_) {
        std::chrono::duration<double> time = loop_.now() - *logged_in_at_;
        log_.verbose("Transferred: sent {}, received {} bytes, in {:.1f} seconds", transport.bytes_sent(),
                     transport.bytes_received(), time.count());
    }
    log_.debug1("Exit status {}", status_);
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
    timed_out_ = false;
    connect_timeout_.reset();
    drop_timeout_.reset();
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
        proxy_errors_.reset();
        if (auto connected = connect(); !connected) {
            say_lines(log_, LogLevel::error, connected.error().what);
            status_ = failure_status;
            loop_.stop();
        }
    });
}

// ---- without a terminal ------------------------------------------------------------------

void Client::background()
{
    terminal_session_->show("& [backgrounded]\r\n");
    forwarding_->stop_listening();
    terminal_session_->abandon();
    if (auto gone = go_to_background(); !gone)
        stay_in_front(gone.error());
}

// The child goes on with everything; whoever waits for ssh is told that the login worked.  Names for forwarded connections
// are looked up in threads, which do not come along.
Result<void> Client::go_to_background()
{
    if (are_names_looked_up()) {
        if (!fork_later_)
            log_.debug1("waiting for names that are being looked up before going to the background");
        fork_later_ = loop_.at(loop_.now() + glance, [this] {
            if (auto gone = go_to_background(); !gone)
                stay_in_front(gone.error());
        });
        return {};
    }
    log_.debug1("forking to background");
    auto keep = log_.is_on_stderr() && log_.wants(LogLevel::debug1) ? KeepErrorStream::yes : KeepErrorStream::no;
    std::optional<SignalsBlocked> undecided{std::in_place};       // whom a signal is for
    auto forked = fork_to_background(keep);
    if (!forked)
        return system_failure(fmt::format("Cannot go to the background: {}", forked.error().what));
    if (forked->side == ForkSide::parent) {
        default_unless_ignored(heard);                            // the loop's handlers would tell the child
        undecided.reset();
        if (left_to_client_ && left_to_client_->has_channel())
            go_on_as_client();
        exit_now(0);
    }
    is_in_background_ = true;
    close_numbers(plan_.inherited);
    if (left_to_client_)
        mux_->persist(options_.control_persist.idle);
    return {};
}

// Whoever typed ~& still has what is connected.
void Client::stay_in_front(const Error& why)
{
    if (options_.fork_after_authentication || left_to_client_)
        driver_->end(why);
    else
        log_.error("{}", why.what);
}

} // namespace nacre
