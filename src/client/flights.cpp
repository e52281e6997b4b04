#include "client/flights.h"

#include <algorithm>
#include <array>
#include <utility>

#include "auth/methods.h"
#include "base/text.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

// Things that OpenSSH does between login and session, and on which the session may depend.
struct Before {
    std::string_view what;
    bool (*happens)(const ClientOptions&);
};
constexpr std::array before_session{
    Before{"remote forwardings", [](const ClientOptions& o) { return !o.remote_forward.empty(); }},
    Before{"a tunnel", [](const ClientOptions& o) { return o.tunnel != TunnelMode::no; }},
    Before{"forwardings without which there is none",
           [](const ClientOptions& o) {
               return o.exit_on_forward_failure && !(o.local_forward.empty() && o.dynamic_forward.empty());
           }},
    Before{"LocalCommand", [](const ClientOptions& o) { return o.permit_local_command && !o.local_command.empty(); }},
};

} // namespace

Flights::Flights(const Configuration& configuration, const SessionPlan& plan, bool is_shared,
                 const HostIdentity& identity, Log& log)
    : options_(configuration.options()), plan_(plan), is_shared_(is_shared), identity_(identity), log_(log),
      memory_(configuration, identity.name(), log)
{
}

// The order in which we say what we take is changed for it, but only so that nothing else is agreed on (key_exchange.cpp
// watches over that), or another one of the keys by which we know the host.
void Flights::plan_guess(TransportSettings& settings)
{
    key_in_doubt_ = false;
    auto* host = for_login();
    auto method = host ? kex_to_guess(settings.proposal.kex_methods, *host) : std::string_view{};
    if (method.empty())
        return;
    auto& wanted = host->first_host_key_algorithm;
    auto& algorithms = settings.proposal.host_key_algorithms;
    if (first_of(algorithms) != wanted) {
        bool helps = host->first_key_serves && !host->logins.empty();
        if (!helps || !identity_.may_ask_for(wanted, algorithms))
            return;
        algorithms = moved_to_front(algorithms, wanted);
        key_in_doubt_ = true;
    }
    settings.guess_kex = method;
}

Result<void> Flights::check_host_key(const PublicKey& key) const
{
    if (key_in_doubt_ && !identity_.knows(key))
        return not_permitted("the server's own choice of host key is not the one that is known");
    return {};
}

// An agent may hold keys back from a host of which it knows another key.
Result<void> Flights::check_login(const ClientAuthSettings& login)
{
    if (key_in_doubt_ && std::ranges::none_of(login.keys, &CandidateKey::worked_last_time))
        return not_permitted("with the server's own choice of host key, the user's key is missing");
    key_in_doubt_ = false;
    return {};
}

bool Flights::session_may_follow_login() const
{
    bool is_ours = plan_.stdio_forward || (plan_.kind != SessionPlan::Kind::none &&
                                           (!is_shared_ || !options_.control_persist.on));
    auto first = std::ranges::find_if(before_session, [&](auto& row) { return row.happens(options_); });
    if (first != before_session.end())
        log_.debug2("before the session come {}", first->what);
    return is_ours && first == before_session.end();
}

Haste Flights::haste(HostTrust trust) const
{
    Haste haste{.allowed = allows_haste() && !patient_,
                .host_was_known = trust == HostTrust::accepted && identity_.was_known(),
                .session_may_follow = session_may_follow_login()};
    if (auto* host = memory_.host()) {
        haste.allowed = haste.allowed && host->takes_haste;
        haste.remembered = true;
        haste.sends_ext_info = host->sends_ext_info;
        haste.key_sufficed = host->key_sufficed;
        haste.first_channel = host->first_channel;
    }
    return haste;
}

// ---- what is learnt

// The first session's number is known once it is open.
void Flights::learn(const LoggedIn& event, const ClientSession& session, const Login& login)
{
    if (!memory_.is_on())
        return;
    auto& transport = session.transport();
    HostMemory memory = memory_.host() ? *memory_.host() : HostMemory{};
    memory.kex_methods = transport.peer_kex_methods();
    learn_host_key(memory, transport);
    memory.sends_ext_info = transport.heard_ext_info();
    // Many keys were too many, perhaps: not so the one that is known now.
    bool dislikes_haste = hung_up_on_session_ || (hung_up_on_keys_ && !event.key);
    memory.takes_haste = memory.takes_haste && !dislikes_haste;
    login.learn(event, memory);
    learnt_ = std::move(memory);
}

// Asking for a key that turned out to be the wrong one is not repeated until the server prefers another.
void Flights::learn_host_key(HostMemory& memory, const Transport& transport) const
{
    auto first = transport.peer_first_host_key_algorithm();
    auto* agreed = transport.agreed();
    if (first != memory.first_host_key_algorithm || (agreed && agreed->host_key_algorithm == first))
        memory.first_key_serves = true;
    memory.first_host_key_algorithm = first;
    if (key_disappointed_)
        memory.first_key_serves = false;
}

void Flights::learn(const Opened& event, ClientSession& session)
{
    if (!learnt_)
        return;
    if (auto number = session.connection().peer_number(event.channel))
        learnt_->first_channel = number->value;
    memory_.save(*std::exchange(learnt_, std::nullopt));
}

// ---- the end

// What was sent for the guess's sake would have led to something else than our own order does: nothing has come of it yet.
bool Flights::guess_led_astray(const Transport& transport) const
{
    return transport.guess_misled() || (key_in_doubt_ && !transport.peer_kex_methods().empty());
}

bool Flights::haste_may_be_to_blame(const Error& why, const ClientSession& session, const Login* login) const
{
    auto& transport = session.transport();
    if (patient_ || session.logged_in())
        return false;
    if (guess_led_astray(transport))
        return true;
    bool by_peer = why.kind == ErrorKind::system || why.kind == ErrorKind::peer_misbehaved;
    if (!by_peer)
        return false;
    auto* auth = session.auth();
    if (auth && auth->failed_too_often())
        return auth->may_go_further();
    // The end of a TCP connection proves nothing: the login may have succeeded, and the command may be running.
    if (auth && auth->early_login_is_open() && !transport.peer_said_goodbye())
        return false;
    if (transport.guess_missed() || (auth && auth->hurried()))
        return true;
    // Some hang up after one refused key: then the order of keys decides.
    return auth && login && login->has_own_order() &&
           std::ranges::all_of(auth->attempts(), [](auto& attempt) { return attempt.method == method::publickey; });
}

// What a refused key has brought about is no reason to be slow for ever.
void Flights::begin_anew(const ClientSession& failed)
{
    patient_ = true;
    key_disappointed_ = key_in_doubt_;
    auto* auth = failed.auth();
    bool is_known_to_be_dropped = auth && (auth->is_held() || auth->early_login_is_settled());
    hung_up_on_session_ = failed.transport().early_messages() > 0 && !is_known_to_be_dropped;
    hung_up_on_keys_ = auth && auth->probed();
    if (auth)
        refused_keys_ = auth->judged_keys();
}

void Flights::put_refused_last(std::vector<CandidateKey>& keys) const
{
    for (auto& key : keys)
        key.was_refused = std::ranges::find(refused_keys_, key.blob) != refused_keys_.end();
}

void Flights::over(const ClientSession& session)
{
    remember_to_be_patient(session);
    if (learnt_)
        memory_.save(*std::exchange(learnt_, std::nullopt));
}

// After an end for which going ahead may be to blame, though nobody can say so for certain: not again.
void Flights::remember_to_be_patient(const ClientSession& session)
{
    bool went_ahead = session.transport().early_messages() > 0;
    if (!went_ahead || !memory_.is_on())
        return;
    bool session_never_opened = learnt_.has_value();
    bool login_never_answered = session.auth() && !session.logged_in() && session.auth()->early_login_is_open();
    if (!session_never_opened && !login_never_answered)
        return;
    HostMemory memory = learnt_ ? *learnt_ : memory_.host() ? *memory_.host() : HostMemory{};
    memory.takes_haste = false;
    learnt_ = std::move(memory);
    if (login_never_answered)
        log_.info("The server did not answer the login. A command may be running: it is not started again.");
}

} // namespace nacre
