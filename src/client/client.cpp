#include "client/client.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "client/forwarding/command_line.h"
#include "client/local_command.h"
#include "connection/global_requests.h"
#include "os/print.h"
#include "os/process.h"
#include "transport/peer_habits.h"

namespace nacre {
namespace {

// Long enough for whatever leaves a server together with its refusal.
constexpr std::chrono::seconds refusal_patience{2};

} // namespace

Client::Client(EventLoop& loop, const Configuration& configuration, SessionPlan plan,
               SharedConnection shared, ClientLog& log)
    : loop_(loop), configuration_(configuration), options_(configuration.options()), plan_(std::move(plan)),
      shared_(std::move(shared)), log_(log), person_(options_.batch_mode),
      refused_attempts_(random_)
{
}

Client::~Client()
{
    if (proxy_ && proxy_->is_running())
        (void)proxy_->send_signal(SIGHUP);
}

int Client::run()
{
    if (auto started = start(); !started) {
        if (timeline_)
            timeline_->note("failed", started.error().what);
        say_lines(log_, LogLevel::error, started.error().what);
        return failure_status;
    }
    loop_.run();
    return status_;
}

int Client::run_proxied(MuxConversation::Proxied master)
{
    plan_.others_may_follow = true;
    plan_.forwards_agent = options_.forward_agent.on;             // the master's agent, if it forwards one
    if (options_.forward_x11)
        log_.info("X11 is not forwarded through a proxied connection.");
    session_.emplace(Transport::Bare{}, random_, log_, loop_.now());
    ConnectionDriver::Owner& owner = *this;
    driver_.emplace(loop_, Link{.in = std::move(master.socket), .out = {}}, session_->transport(), session_->connection(),
                    owner, log_);
    auto begun = prepare_forwarding();
    driver_->start(master.already_read);
    if (begun)
        begun = begin_work();
    if (!begun)
        driver_->end(begun.error());
    driver_->advance();
    if (!driver_->is_over())
        loop_.run();
    return status_;
}

Result<void> Client::start()
{
    auto known_hosts = TRY(KnownHostsFiles::read(configuration_, log_));
    host_identity_.emplace(configuration_, std::move(known_hosts), person_, log_);
    flights_.emplace(configuration_, plan_, !shared_.path.empty(), *host_identity_, log_);
    return connect();
}

Result<void> Client::connect()
{
    is_interactive_ = plan_.wants_tty;
    auto server = TRY(connect_to_server(configuration_, is_interactive_, log_));
    peer_ = server.peer;
    peer_shown_ = server.shown();
    if (timeline_)
        timeline_->connected(server);
    proxy_ = std::move(server.proxy);
    if (server.proxy_errors)
        proxy_errors_.emplace(loop_, std::move(server.proxy_errors));
    int connection = server.link.in.number();
    acknowledged_at_once_ = peer_ ? connection : -1;
    log_.debug1("Authenticating to {}:{} as '{}'", host_shown(), options_.port, printable(options_.user));
    auto settings = TRY(transport_settings());
    session_.emplace(std::move(settings), random_, log_, loop_.now());
    ConnectionDriver::Owner& owner = *this;
    driver_.emplace(loop_, std::move(server.link), session_->transport(), session_->connection(), owner, log_);
    if (auto patience = patience_of(options_))
        connect_timeout_ = loop_.at(loop_.now() + *patience, [this] {
            timed_out_ = true;
            driver_->end(Error{ErrorKind::system,
                               fmt::format("Connection timed out during {}", session_->transport().peer_version().empty()
                                                                                 ? "banner exchange" : "key exchange"),
                               DisconnectReason::connection_lost, 0});
        });
    driver_->start();
    // Keys are opened while our first flight is on its way.
    if (driver_->is_over())
        return {};
    if (!login_)
        login_.emplace(configuration_, Identities::load(configuration_, person_, log_), person_, log_);
    login_->use_connection(connection);
    bool has_sessions = plan_.kind != SessionPlan::Kind::none || !shared_.path.empty();   // its own, or those of others
    if (options_.forward_x11 && has_sessions)
        x11_access_ = prepare_x11(options_, random_, log_);
    return {};
}

Result<TransportSettings> Client::transport_settings()
{
    TransportSettings settings;
    settings.version_line = TRY(own_version_line(configuration_));
    log_.debug1("Local version string {}", printable(settings.version_line));
    settings.proposal = {.kex_methods = options_.kex_algorithms,
                         .host_key_algorithms = host_identity_->host_key_algorithms(),
                         .ciphers = options_.ciphers,
                         .macs = options_.macs,
                         .compressions = options_.compression ? "zlib@openssh.com,none" : "none,zlib@openssh.com"};
    settings.rekey = {.bytes = options_.rekey_limit.bytes, .interval = options_.rekey_limit.time};
    settings.required_rsa_bits = options_.required_rsa_size;
    flights_->plan_guess(settings);
    return settings;
}

// A server that leaves Nagle's algorithm on holds its second small message back until the first is acknowledged, which
// a kernel likes to delay by 40 ms: twice in every login, without this.  OpenSSH's server turns it off with the first
// session, so where there is none this goes on.
void Client::acknowledge_at_once()
{
    if (acknowledged_at_once_ >= 0 && !acknowledge_now(acknowledged_at_once_))
        acknowledged_at_once_ = -1;
}

Result<void> Client::drain()
{
    acknowledge_at_once();
    for (;;) {
        auto event = TRY(session_->next());
        if (timeline_)
            timeline_->look(*session_);
        if (!event)
            break;
        TRY(std::visit([this](const auto& e) { return on(e); }, *event));
    }
    choose_traffic_class();
    if ((session_over_ || mux_) && !finished_)
        look_whether_done();                                      // whatever it was that has ended, or could not begin
    return {};
}

// ---- questions ---------------------------------------------------------------------------

Result<void> Client::on(const HostKeyQuestion& question)
{
    connect_timeout_.reset();
    auto key = TRY(PublicKey::from_blob(question.host_key));
    TRY(flights_->check_host_key(key));
    auto address = peer_ ? std::optional{peer_->host} : std::nullopt;
    bool judged = host_key_ && *host_key_ == key;                 // by the connection before this one
    host_key_ = std::move(key);
    if (!judged)
        trust_ = host_identity_->judge(*host_key_, address);
    if (timeline_)
        timeline_->host_key(*host_key_, verdict_on_host_key());
    if (trust_ == HostTrust::rejected)
        return not_permitted("Host key verification failed.", DisconnectReason::host_key_not_verifiable);
    binding_.emplace(question);
    login_->use_agent(agent_for_login(configuration_, *binding_, log_));
    auto settings = login_->settings(trust_ == HostTrust::accepted, flights_->for_login());
    flights_->put_refused_last(settings.keys);
    TRY(flights_->check_login(settings));
    settings.haste = flights_->haste(trust_);
    session_->log_in_as(std::move(settings));
    driver_->take_what_came();                                    // the rest of the server's flight: EXT_INFO
    session_->answer(HostKeyVerdict::accept);
    return {};
}

Result<void> Client::on(const KeyNeeded& question)
{
    session_->answer_key(login_->open_key(question));
    return {};
}

Result<void> Client::on(const SignatureNeeded& question)
{
    session_->answer_signature(login_->sign(question));
    return {};
}

Result<void> Client::on(const HostSignatureNeeded& question)
{
    session_->answer_signature(login_->sign(question));
    return {};
}

Result<void> Client::on(const PasswordNeeded& question)
{
    session_->answer_password(login_->password(question));
    return {};
}

Result<void> Client::on(const NewPasswordNeeded& question)
{
    auto change = login_->new_password(question);
    session_->answer_new_password(std::move(change.old_one), std::move(change.new_one));
    return {};
}

Result<void> Client::on(const PromptsNeeded& question)
{
    session_->answer_prompts(login_->answers(question));
    return {};
}

// ---- the way to the session --------------------------------------------------------------

Result<void> Client::on(const KeysInUse& event)
{
    auto* agreed = session_->transport().agreed();
    if (event.first && agreed && agreed->kex)
        warn_of_weak_kex(*agreed->kex);
    return {};
}

// Once per connection, while something can still be done about it.
void Client::warn_of_weak_kex(const KexRow& kex)
{
    if (kex.post_quantum || options_.warn_weak_crypto != WarnWeak::yes)
        return;
    log_.info("Warning: {} agreed on {}, which does not protect against quantum computers.", configuration_.host_as_typed(),
              kex.name);
    log_.info("Who records this connection today may be able to read it one day. A newer server helps;");
    log_.info("\"WarnWeakCrypto no\" silences this.");
}

Result<void> Client::on(const PeerLeft& event)
{
    auto why = system_failure(fmt::format("the server disconnected: {}", printable(event.description)));
    if (failed_by_haste(why.error())) {
        log_.debug1("Received disconnect: {}", printable(event.description));
        return why;
    }
    log_.info("Received disconnect from {}:{}: {}", remote_id(), event.reason, printable(event.description));
    log_.info("Disconnected from {}", remote_id());
    report_offers();
    reported_ = true;
    return why;
}

Result<void> Client::on(const BannerShown& event)
{
    if (log_.wants(LogLevel::info))
        (void)write_all(2, as_bytes(for_people(printable_text(event.text))));
    return {};
}

Result<void> Client::on(const LoggedIn& event)
{
    log_.verbose("Authenticated to {} ({}) using \"{}\".", host_shown(), peer_shown_, event.method);
    if (timeline_)
        timeline_->note("logged in", fmt::format("as {} by {}", printable(options_.user), event.method));
    logged_in_at_ = loop_.now();
    flights_->learn(event, *session_, *login_);
    TRY(prepare_forwarding());
    // A master in the background has nobody to ask.
    bool may_ask = options_.update_host_keys != YesNoAsk::ask || !options_.control_persist.on;
    bool learns = options_.update_host_keys != YesNoAsk::no && may_ask;
    if (trust_ == HostTrust::accepted && learns && host_identity_->may_learn_more())
        host_key_update_.emplace(
            configuration_, std::vector{host_identity_->name()}, binding_->session_id, *questions_, person_,
            [this](const std::function<void()>& action) {
                if (terminal_session_ && terminal_session_->has_tty())
                    terminal_session_->run_aside(action);
                else
                    action();
            },
            log_);
    return begin_work();
}

Result<void> Client::begin_work()
{
    watch_signals();
    if (options_.server_alive_interval.count() > 0 && !is_proxied())
        keepalive_.emplace(loop_, *driver_, options_.server_alive_interval, options_.server_alive_count_max,
                           [this] { questions_->ask(KeepAlive{}, {}); }, [this] {
                               driver_->end(Error{ErrorKind::system,
                                                  fmt::format("Timeout, server {} not responding.", host_shown()),
                                                  DisconnectReason::connection_lost, 0});
                           });
    watch_idle_channels();
    obscure_keystrokes();
    TRY(may_forward() ? forwarding_->start() : forwarding_->start_none("the host's key has changed"));
    TRY(begin_sharing());
    if (!is_proxied())
        run_local_command(configuration_, *host_key_, forwarding_->tunnel_interface(), log_);
    TRY(begin_session(TerminalSession::When::logged_in));
    if (mux_ && !left_to_client_)                                 // else our own session comes first, as a client's
        mux_->stock_up();
    log_.debug1("Entering interactive session.");
    if (!options_.fork_after_authentication && !left_to_client_)
        return {};
    if (forwarding_->is_settled() || is_proxied())
        return go_to_background();
    log_.debug1("waiting for the server's answers about forwardings before going to the background");
    goes_to_background_ = true;
    return {};
}

Result<void> Client::begin_session(TerminalSession::When when)
{
    if (stdio_forward_ || terminal_session_)
        return {};                                                // early
    if (plan_.stdio_forward) {
        stdio_forward_.emplace(
            loop_, *driver_, session_->connection(), log_,
            StdioForward::Callbacks{.failed = [this](const std::string& why) { log_.error("{}", why); },
                                    .ended = [this](bool whole) { session_ended(whole ? 0 : failure_status); }});
        TRY(stdio_forward_->open(*plan_.stdio_forward, 0, 1));
        return {};
    }
    if (plan_.kind == SessionPlan::Kind::none)
        return {};
    auto plan = plan_;
    bool may_be_told = has_habit(session_->transport().peer_version(), &PeerHabits::knows_no_more_sessions);
    plan.others_may_follow = plan.others_may_follow || mux_ || !shares_for_nobody() || !may_be_told;
    terminal_session_.emplace(loop_, *driver_, session_->connection(), configuration_, std::move(plan), log_,
                              session_callbacks());
    terminal_session_->offer_x11(forwarding_->x11());
    return terminal_session_->open(when);
}

TerminalSession::Callbacks Client::session_callbacks()
{
    TerminalSession::Callbacks callbacks{.ended = [this](int status) { session_ended(status); },
                                         .disconnect = [this] { finish(failure_status); },
                                         .rekey = [this] { session_->transport().rekey(); },
                                         .connections = [this] { return forwarding_->describe_connections(); },
                                         .connection_info = [this] { return connection_info(); },
                                         .background = [this] { background(); },
                                         .pacer = [this] { return pacer_ ? &*pacer_ : nullptr; },
                                         .command = {}};
    if (options_.enable_escape_commandline)
        callbacks.command = [this](const std::string& line) {
            obey_forward_command(line, *forwarding_, *terminal_session_, options_.permit_local_command);
        };
    return callbacks;
}

// ---- what went ahead of the login --------------------------------------------------------

Result<void> Client::on(const ChannelsMayOpen&)
{
    log_.debug1("the session is asked for together with the login");
    TRY(prepare_forwarding());
    return begin_session(TerminalSession::When::early);
}

Result<void> Client::on(const EarlyLoginRefused&)
{
    log_.debug1("the login was refused; waiting for the server to drop the request for a session");
    drop_timeout_ = loop_.at(loop_.now() + refusal_patience, [this] {
        driver_->end(Error{ErrorKind::system, "the server does not say what became of the request for a session",
                           DisconnectReason::by_application, 0});
    });
    return {};
}

Result<void> Client::on(const EarlyChannelsDropped&)
{
    log_.debug1("the server has dropped the request for a session");
    drop_timeout_.reset();
    terminal_session_.reset();
    stdio_forward_.reset();
    return {};
}

// ---- the session -------------------------------------------------------------------------

// The first to know the channel takes it.  Not everybody hears everything.
template <class Event>
Result<bool> Client::offer(const Event& event)
{
    Result<bool> taken = false;
    auto offer_to = [&](auto& somebody) {
        if constexpr (requires { somebody->on(event); })
            if (somebody && taken && !*taken)
                taken = somebody->on(event);
    };
    offer_to(mux_);
    offer_to(forwarding_);
    offer_to(stdio_forward_);
    offer_to(terminal_session_);
    return taken;
}

Result<void> Client::on(const OpenRequested& event)
{
    if ((mux_ && mux_->open(event)) || (forwarding_ && forwarding_->open(event)))
        return {};
    log_.info("The server asks for a channel \"{}\": refused", printable(event.kind));
    session_->connection().refuse(event.channel, OpenFailure::administratively_prohibited, "not asked for");
    return {};
}

Result<void> Client::on(const Opened& event)
{
    if (flights_)
        flights_->learn(event, *session_);
    if (timeline_)
        timeline_->note_once("channel", "open");
    TRY(offer(event));
    return {};
}

Result<void> Client::on(const OpenRefused& event)
{
    TRY(offer(event));
    return {};
}

Result<void> Client::on(const DataArrived& event)
{
    if (timeline_)
        timeline_->note_once("first byte", "of output");
    driver_->handle_or_drop(event);
    return {};
}

Result<void> Client::on(const RoomToSend& event)
{
    driver_->handle(event);
    return {};
}

Result<void> Client::on(const Requested& event)
{
    log_.debug1("client_input_channel_req: channel {} rtype {} reply {}", event.channel.value, printable(event.request),
                event.want_reply == WantReply::yes ? 1 : 0);
    bool is_taken = TRY(offer(event));
    if (!is_taken && event.want_reply == WantReply::yes)
        session_->connection().answer(event.channel, false);
    return {};
}

Result<void> Client::on(const RequestAnswered& event)
{
    acknowledged_at_once_ = -1;                                   // the session runs
    TRY(offer(event));
    return {};
}

Result<void> Client::on(const PeerFinished& event)
{
    driver_->handle(event);
    forwarding_->on(event);
    return {};
}

Result<void> Client::on(const Closed& event)
{
    if (channel_timeouts_)
        channel_timeouts_->closed(event.channel);
    TRY(offer(event));
    return {};
}

Result<void> Client::on(const GlobalRequested& event)
{
    log_.debug1("client_input_global_request: rtype {} want_reply {}", printable(event.request),
                event.want_reply == WantReply::yes ? 1 : 0);
    if (event.request == HostKeys::name && host_key_update_)
        host_key_update_->announced(event.details);
    if (event.want_reply == WantReply::yes)
        session_->connection().answer_global(false);
    return {};
}

Result<void> Client::on(const GlobalAnswered& event) { return questions_->on(event); }

std::string Client::remote_id() const
{
    return peer_ ? fmt::format("{} port {}", peer_->host, peer_->port) : "UNKNOWN port 65535";
}

std::string Client::host_shown() const { return printable(configuration_.host()); }

} // namespace nacre
