// A connection in two flights: what Client sends before it was asked to, what it learns for the next time, and how it
// goes back to asking step by step when that was wrong.
//
// What the login may hurry is decided in auth/login_flight; here is only what stands between login and session on this
// side.  After the login nothing is ever repeated: a command must not run twice.
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "auth/methods.h"
#include "base/text.h"
#include "client/client.h"
#include "crypto/random.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

// Long enough for whatever leaves a server together with its refusal.
constexpr std::chrono::seconds refusal_patience{2};

// Things that OpenSSH does between login and session, and on which the session may depend.
struct Before {
    std::string_view what;
    bool (*happens)(const ClientOptions&);
};
constexpr std::array before_session{
    Before{"remote forwardings", [](const ClientOptions& o) { return !o.clear_all_forwardings && !o.remote_forward.empty(); }},
    Before{"a tunnel", [](const ClientOptions& o) { return o.tunnel != TunnelMode::no; }},
    Before{"forwardings without which there is none",
           [](const ClientOptions& o) {
               return o.exit_on_forward_failure && !o.clear_all_forwardings &&
                      !(o.local_forward.empty() && o.dynamic_forward.empty());
           }},
    Before{"LocalCommand", [](const ClientOptions& o) { return o.permit_local_command && !o.local_command.empty(); }},
};

} // namespace

// The key exchange message that goes with our KEXINIT.  The order in which we say what we take is changed for it, but
// only so that nothing else is agreed on (key_exchange.cpp watches over that), or another one of the keys by which we know
// the host.
void Client::plan_guess(TransportSettings& settings)
{
    key_in_doubt_ = false;
    auto* host = patient_ ? nullptr : memory_->host();
    auto method = host ? kex_to_guess(settings.proposal.kex_methods, *host) : std::string_view{};
    if (method.empty())
        return;
    auto& wanted = host->first_host_key_algorithm;
    auto& algorithms = settings.proposal.host_key_algorithms;
    if (first_of(algorithms) != wanted) {
        bool helps = host->first_key_serves && !host->logins.empty();
        if (!helps || !host_identity_->may_ask_for(wanted, algorithms))
            return;
        algorithms = moved_to_front(algorithms, wanted);
        key_in_doubt_ = true;
    }
    settings.guess_kex = method;
}

// An agent may hold keys back from a host of which it knows another key.
Result<void> Client::settle_doubt(const ClientAuthSettings& login)
{
    if (key_in_doubt_ && std::ranges::none_of(login.keys, &CandidateKey::worked_last_time))
        return not_permitted("with the server's own choice of host key, the user's key is missing");
    key_in_doubt_ = false;
    return {};
}

// What was sent for the guess's sake would have led to something else than our own order does: nothing has come of it yet.
bool Client::guess_led_astray() const
{
    auto& transport = session_->transport();
    return transport.guess_misled() || (key_in_doubt_ && !transport.peer_kex_methods().empty());
}

// With ControlPersist the session is another process's.
bool Client::session_may_follow_login() const
{
    bool is_ours = plan_.stdio_forward || (plan_.kind != SessionPlan::Kind::none &&
                                           (shared_.path.empty() || !options_.control_persist.on));
    auto first = std::ranges::find_if(before_session, [&](auto& row) { return row.happens(options_); });
    if (first != before_session.end())
        log_.debug2("before the session come {}", first->what);
    return is_ours && first == before_session.end();
}

Haste Client::haste() const
{
    Haste haste{.allowed = memory_->allows_haste() && !patient_,
                .host_was_known = trust_ == HostTrust::accepted && host_identity_->was_known(),
                .session_may_follow = session_may_follow_login()};
    if (auto* host = memory_->host()) {
        haste.allowed = haste.allowed && host->takes_haste;
        haste.remembered = true;
        haste.sends_ext_info = host->sends_ext_info;
        haste.key_sufficed = host->key_sufficed;
        haste.first_channel = host->first_channel;
    }
    return haste;
}

Result<void> Client::on(const ChannelsMayOpen&)
{
    log_.debug1("the session is asked for together with the login");
    prepare_forwarding();
    return begin_session(TerminalSession::When::early);
}

Result<void> Client::on(const EarlyLoginRefused&)
{
    log_.debug1("the login was refused; waiting for the server to drop the request for a session");
    patience_ = loop_.at(loop_.now() + refusal_patience, [this] {
        driver_->end(Error{ErrorKind::system, "the server does not say what became of the request for a session",
                           DisconnectReason::by_application, 0});
    });
    return {};
}

Result<void> Client::on(const EarlyChannelsDropped&)
{
    log_.debug1("the server has dropped the request for a session");
    patience_.reset();
    terminal_session_.reset();
    stdio_forward_.reset();
    return {};
}

// The first session's number is known once it is open: on(Opened).
void Client::learn_from(const LoggedIn& event)
{
    if (!memory_->is_on())
        return;
    auto& transport = session_->transport();
    HostMemory memory = memory_->host() ? *memory_->host() : HostMemory{};
    memory.kex_methods = transport.peer_kex_methods();
    learn_host_key(memory);
    memory.sends_ext_info = transport.heard_ext_info();
    // Many keys were too many, perhaps: not so the one that is known now.
    bool dislikes_haste = hung_up_on_session_ || (hung_up_on_keys_ && !event.key);
    memory.takes_haste = memory.takes_haste && !dislikes_haste;
    login_->learn(event, memory);
    learnt_ = std::move(memory);
}

// Asking for a key that turned out to be the wrong one is not repeated until the server prefers another.
void Client::learn_host_key(HostMemory& memory) const
{
    auto& transport = session_->transport();
    auto first = transport.peer_first_host_key_algorithm();
    auto* agreed = transport.agreed();
    if (first != memory.first_host_key_algorithm || (agreed && agreed->host_key_algorithm == first))
        memory.first_key_serves = true;
    memory.first_host_key_algorithm = first;
    if (key_disappointed_)
        memory.first_key_serves = false;
}

void Client::learn_from(const Opened& event)
{
    if (!learnt_)
        return;
    if (auto number = session_->connection().peer_number(event.channel))
        learnt_->first_channel = number->value;
    memory_->save(*std::exchange(learnt_, std::nullopt));
}

// Whether the connection ended where we went ahead of the server, who may have ended it because of that.
bool Client::failed_by_haste(const Error& why) const
{
    if (patient_ || finished_ || !session_ || session_->logged_in())
        return false;
    if (guess_led_astray())
        return true;
    bool by_peer = why.kind == ErrorKind::system || why.kind == ErrorKind::peer_misbehaved;
    if (!by_peer)
        return false;
    auto* auth = session_->auth();
    // The end of a TCP connection proves nothing: the login may have succeeded, and the command may be running.
    if (auth && auth->early_login_is_open() && !session_->transport().peer_said_goodbye())
        return false;
    if (session_->transport().guess_missed() || (auth && auth->hurried()))
        return true;
    // Some hang up after one refused key: then the order of keys decides.
    return auth && login_->has_own_order() &&
           std::ranges::all_of(auth->attempts(), [](auto& attempt) { return attempt.method == method::publickey; });
}

// After an end for which going ahead may be to blame, though nobody can say so for certain: not again.
void Client::remember_to_be_patient()
{
    bool went_ahead = session_ && session_->transport().early_messages() > 0;
    if (!went_ahead || !memory_ || !memory_->is_on())
        return;
    bool session_never_opened = learnt_.has_value();
    bool login_never_answered = session_->auth() && !session_->logged_in() && session_->auth()->early_login_is_open();
    if (!session_never_opened && !login_never_answered)
        return;
    HostMemory memory = learnt_ ? *learnt_ : memory_->host() ? *memory_->host() : HostMemory{};
    memory.takes_haste = false;
    learnt_ = std::move(memory);
    if (login_never_answered)
        log_.info("The server did not answer the login. A command may be running: it is not started again.");
}

// What a refused key has brought about is no reason to be slow for ever.
void Client::lose_haste()
{
    patient_ = true;
    key_disappointed_ = key_in_doubt_;
    auto* auth = session_->auth();
    bool was_refused = auth && auth->is_held();
    hung_up_on_session_ = session_->transport().early_messages() > 0 && !was_refused;
    hung_up_on_keys_ = auth && auth->probed();
}

} // namespace nacre
