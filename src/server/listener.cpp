// PRIVILEGED: sshd itself.
#include "server/listener.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "config/none.h"
#include "os/privileges.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "server/connection_info.h"
#include "server/startup.h"

namespace nacre {
namespace {

constexpr std::size_t most_spares = 2;
constexpr Duration refill_after = std::chrono::milliseconds{50};
constexpr std::size_t most_leaving = 64;
constexpr int most_at_once = 32;                                  // accepted, before signals and ends are heard of again
constexpr Duration pause_in_need = std::chrono::milliseconds{200};   // no descriptors, no memory
constexpr std::size_t longest_pid_file = 64;
constexpr std::array endings{SIGTERM, SIGINT, SIGQUIT};

ServeConnection order_to_serve(const EventContext& facts)
{
    ServeConnection order;
    order.id = facts.connection;
    if (facts.source == unknown_place)
        return order;
    order.source = facts.source;
    order.source_port = facts.source_port;
    order.local = facts.local;
    order.local_port = facts.local_port;
    return order;
}

std::string pid_line() { return fmt::format("{}\n", ::getpid()); }

} // namespace

Listener::Listener(EventLoop& loop, const ServerOptions& options, MonitorSource source, EventLog& log)
    : loop_(loop), options_(options), source_(std::move(source)), log_(log), limits_(options), throttling_(options),
      penalties_(options)
{
}

Listener::~Listener() { remove_pid_file(); }

// ---- start -------------------------------------------------------------------------------

Result<void> Listener::write_pid_file()
{
    hear_signals();
    if (is_unset(options_.pid_file))
        return {};
    TRY(replace_file(options_.pid_file, as_bytes(pid_line()), 0644));
    has_pid_file_ = true;
    return {};
}

void Listener::remove_pid_file()
{
    if (!std::exchange(has_pid_file_, false))
        return;
    // Another server may have taken the name in the meantime.
    auto content = read_file(options_.pid_file, longest_pid_file);
    if (content && as_text(*content) == pid_line())
        ::unlink(options_.pid_file.c_str());
}

std::vector<int> Listener::sockets() const
{
    std::vector<int> numbers;
    for (auto& socket : sockets_)
        numbers.push_back(socket.number());
    return numbers;
}

void Listener::remember_open_files(std::uint64_t limit)
{
    open_files_ = limit;
    source_.limit_open_files(limit);
}

// Until the end of run(), which handles them.
void Listener::hear_signals()
{
    if (!signals_.empty())
        return;
    ignore_signal(SIGHUP);                                        // the next program is not to die of a second one
    for (int signal : endings)
        signals_.push_back(loop_.on_signal(signal, [this, signal] {
            log_.info("Received signal {}; terminating.", signal);
            outcome_ = Outcome::terminated;
            loop_.stop();
        }));
    signals_.push_back(loop_.on_signal(SIGHUP, [this] {
        outcome_ = Outcome::reload;
        loop_.stop();
    }));
    signals_.push_back(loop_.on_signal(SIGCHLD, [this] { reap_strangers(); }));
    if (auto held = std::exchange(held_, {}))
        held->release();
}

void Listener::hold_endings()
{
    if (auto held = SignalQueue::hold(endings))                   // without it they end us before the PidFile is gone
        held_ = std::move(*held);
}

bool Listener::is_ending() const
{
    pollfd one{ending(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

Listener::Outcome Listener::run()
{
    outcome_ = {};
    hear_signals();
    if (auto limit = current_limit(Limit::open_files); limit && !open_files_)
        remember_open_files(*limit);
    (void)lift_soft_limit(0, Limit::open_files);
    for (auto& socket : sockets_)
        socket_watches_.push_back(
            loop_.watch(socket.number(), {.readable = true}, [this, fd = socket.number()](Ready) { accept_some(fd); }));
    if (!only_one_)
        refill_spares();
    loop_.run();
    renew_monitors();
    renewal_.reset();
    refill_.reset();
    accept_again_.reset();
    if (outcome_ == Outcome::reload)
        hold_endings();
    signals_.clear();
    socket_watches_.clear();
    return outcome_;
}

// ---- connections -------------------------------------------------------------------------

void Listener::accept_some(int socket)
{
    for (int i = 0; i < most_at_once; ++i) {
        auto accepted = accept_connection(socket);
        if (!accepted) {
            log_.error("accept: {}", printable(accepted.error().what));
            accept_nothing_for_a_while();
            return;
        }
        if (!*accepted)
            return;
        auto& client = **accepted;
        if (auto refusal = objection_to(client.peer)) {
            refuse(std::move(client), *refusal);
            continue;
        }
        (void)set_no_delay(client.socket.number());
        auto peer = client.peer;
        std::vector<Fd> link;
        link.push_back(std::move(client.socket));
        auto started = start(std::move(link), peer, Lives::as_long_as_it_likes);
        if (!started)
            log_.error("cannot serve {} port {}: {}", peer.host, peer.port, printable(started.error().what));
        // Not now: whoever has just come needs the processor first.
        refill_ = loop_.at(loop_.now() + refill_after, [this] { refill_spares(); });
        refill_pause_ = first_refill_pause;
    }
}

// No descriptors or no memory are left: whoever waits would be reported in every round, and trying at once helps nobody.
void Listener::accept_nothing_for_a_while()
{
    for (auto& watch : socket_watches_)
        watch->set({});
    accept_again_ = loop_.at(loop_.now() + pause_in_need, [this] {
        for (auto& watch : socket_watches_)
            watch->set({.readable = true});
    });
}

std::optional<Listener::Refusal> Listener::objection_to(const SocketAddress& peer)
{
    if (auto ban = penalties_.ban(peer.host, loop_.now())) {
        auto seconds = std::chrono::ceil<Seconds>(ban->left).count();
        return Refusal{{events::RefusedBy::penalty, std::string{ban->why}, seconds, limits_.under_way()},
                       "Not allowed at this time\r\n"};
    }
    auto dice = random_.bytes<4>();
    auto verdict = limits_.judge(peer.host, std::uint32_t{dice[0]} << 8 | dice[1]);
    if (verdict == StartLimits::Verdict::welcome) {
        tell_of(throttling_.welcomed(loop_.now(), limits_.under_way()));
        return std::nullopt;
    }
    auto level = tell_of(throttling_.refused(loop_.now())) ? LogLevel::info : LogLevel::verbose;
    auto reason = verdict == StartLimits::Verdict::too_many_of_this_source ? events::RefusedBy::per_source_max_startups
                                                                           : events::RefusedBy::max_startups;
    return Refusal{{reason, {}, 0, limits_.under_way(), level}, "Exceeded MaxStartups\r\n"};
}

// False: there is nothing to tell.
bool Listener::tell_of(const std::optional<events::Throttling>& throttling)
{
    if (throttling)
        log_.tell(*throttling);
    return throttling.has_value();
}

void Listener::refuse(Accepted accepted, const Refusal& refusal)
{
    log_.tell(refusal.event, facts_of(accepted.socket.number(), accepted.peer));
    (void)write_some(accepted.socket.number(), as_bytes(refusal.farewell));
    (void)shut_down(accepted.socket.number(), ShutDown::sending);
    if (leaving_.size() == most_leaving)
        leaving_.pop_front();
    leaving_.push_back(std::move(accepted.socket));
    if (!let_go_)
        let_go_ = loop_.at(loop_.now() + time_to_leave, [this] { let_go(); });
}

EventContext Listener::facts_of(int socket, const SocketAddress& peer)
{
    EventContext facts;
    auto id = random_.bytes<8>();
    facts.connection = to_hex(id);
    facts.source = peer.host;
    facts.source_port = peer.port;
    facts.local = unknown_place;
    if (auto local = local_address(socket)) {
        facts.local = local->host;
        facts.local_port = local->port;
    }
    return facts;
}

// Those who came last get up to twice as long as they need.
void Listener::let_go()
{
    auto leave = (leaving_.size() + 1) / 2;
    leaving_.erase(leaving_.begin(), leaving_.begin() + static_cast<std::ptrdiff_t>(leave));
    let_go_.reset();
    if (!leaving_.empty())
        let_go_ = loop_.at(loop_.now() + time_to_leave, [this] { let_go(); });
}

// A waiting one that is still alive, or a new one.  The one that has waited longest is first: none stays on when its zygote
// has been replaced.
Result<MonitorProcess> Listener::take_spare(Lives lives)
{
    if (lives == Lives::with_us)
        return source_.make_dependent();
    if (auto file = source_.outdated_by(loop_.now())) {
        log_.verbose("{} has changed: connections get processes that begin with it", printable(*file));
        renew_monitors();
    }
    while (!spares_.empty()) {
        auto spare = std::move(spares_.front());
        spares_.pop_front();
        auto status = spare.process.check();
        if (status && !*status)
            return spare;
    }
    return source_.make(loop_.now(), log_);
}

void Listener::refill_spares()
{
    refill_.reset();
    while (spares_.size() < most_spares) {
        auto spare = source_.make_ahead(loop_.now(), log_);
        if (!spare) {
            log_.error("cannot start sshd-session: {}", printable(spare.error().what));
            refill_again();
            return;
        }
        if (!*spare) {
            refill_ = loop_.at(loop_.now() + refill_after, [this] { refill_spares(); });
            return;
        }
        spares_.push_back(**std::move(spare));
    }
    if (!renewal_)                                                // also where nobody comes
        renewal_ = loop_.at(loop_.now() + MonitorSource::longest_use, [this] {
            renewal_.reset();
            renew_monitors();
        });
}

// A spare could not be started, or has died before it was needed: whoever comes next need not wait for that.
void Listener::refill_again()
{
    if (only_one_ || refill_)
        return;
    refill_ = loop_.at(loop_.now() + refill_pause_, [this] { refill_spares(); });
    refill_pause_ = std::min(refill_pause_ * 2, longest_refill_pause);
}

Result<int> Listener::start(std::vector<Fd> link, const SocketAddress& peer, Lives lives)
{
    auto session = TRY(take_spare(lives));
    int pid = session.process.pid();
    auto& connection = connections_[pid];
    connection.process = std::move(session.process);
    connection.control = std::move(session.control);
    connection.zygote = session.zygote;
    connection.facts = facts_of(link[0].number(), peer);
    connection.began = loop_.now();
    limits_.begun(connection.facts.source);
    std::vector<int> numbers;
    for (auto& fd : link)
        numbers.push_back(fd.number());
    if (auto sent = connection.control.send(order_to_serve(connection.facts), numbers); !sent) {
        limits_.over(connection.facts.source);
        connections_.erase(pid);
        return fail(std::move(sent).error());
    }
    auto grace = options_.login_grace_time;
    watch(pid, grace.count() > 0 ? std::optional{loop_.now() + grace} : std::nullopt);
    return pid;
}

void Listener::watch(int pid, std::optional<TimePoint> grace_ends)
{
    auto& connection = connections_.at(pid);
    connection.process_watch = loop_.watch(connection.process.pidfd().number(), {.readable = true},
                                           [this, pid](Ready) { process_ended(pid); });
    connection.control_watch =
        loop_.watch(connection.control.fd(), {.readable = true}, [this, pid](Ready) { control_ready(pid); });
    if (!grace_ends || connection.is_login_done)
        return;
    connection.grace_ends = *grace_ends;
    connection.grace = loop_.at(*grace_ends, [this, pid] { grace_is_over(pid); });
}

void Listener::control_ready(int pid)
{
    auto& connection = connections_.at(pid);
    auto message = connection.control.receive();
    if (!message || !*message) {
        connection.control_watch.reset();                         // it ends; its status comes by the other watch
        return;
    }
    if ((*message)->number() == LoginDone::number)
        login_is_done(pid);
    if (auto noted = connection.records.note((*message)->payload); !noted)
        log_.error("sshd-session {}: {}", pid, printable(noted.error().what));
    // Seldom is there another one soon, and hundreds of connections would each keep a piece of the heap.
    connection.control.release();
}

void Listener::login_is_done(int pid)
{
    auto& connection = connections_.at(pid);
    if (std::exchange(connection.is_login_done, true))
        return;
    connection.grace.reset();
    limits_.over(connection.facts.source);
}

// ---- one connection only -----------------------------------------------------------------

Result<int> Listener::serve_one(std::vector<Fd> link)
{
    only_one_ = true;
    SocketAddress peer{IpFamily::any, std::string{unknown_place}, 65535};
    if (is_ip_socket(link[0].number()))
        if (auto address = peer_address(link[0].number())) {
            peer = *address;
            (void)set_no_delay(link[0].number());
        }
    TRY(start(std::move(link), peer, Lives::with_us));
    run();
    return last_status_;
}

Result<int> Listener::accept_and_serve_one()
{
    auto client = TRY(wait_for_client());
    sockets_.clear();
    std::vector<Fd> link;
    link.push_back(std::move(client.socket));
    return serve_one(std::move(link));
}

Result<Accepted> Listener::wait_for_client()
{
    std::vector<pollfd> waiting;
    for (auto& socket : sockets_)
        waiting.push_back({socket.number(), POLLIN, 0});
    for (;;) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0)
            return system_failure("interrupted");
        for (auto& socket : sockets_) {
            auto accepted = TRY(accept_connection(socket.number()));
            if (accepted)
                return *std::move(accepted);
        }
    }
}

} // namespace nacre
