// Why a connection failed: what happened, what had been tried, what can be done about it.
//
// The sentence that OpenSSH's users and tools know begins a line; what we add has lines of its own below.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "auth/methods.h"
#include "base/text.h"
#include "client/advice.h"
#include "client/client.h"
#include "os/system_error.h"
#include "os/waiting.h"

namespace nacre {
namespace {

constexpr std::chrono::seconds proxy_patience{1};                 // from closing its output to its end

} // namespace

void Client::report(const Error& why)
{
    bool by_peer = is_closed_by_peer(why);
    if (is_proxied() && has_hung_up(why))
        log_.info("Shared connection to {} closed: its master has ended, or has hung up.", host_shown());
    else if (!is_proxied() && session_->transport().peer_version().empty())
        report_silence(why);
    else if (why.reason == DisconnectReason::no_more_auth_methods_available && session_->auth())
        report_refused_login(why);
    else if (by_peer && session_->logged_in())
        log_.info("Connection to {} closed by remote host.", host_shown());
    else if (session_->logged_in())
        report_as_it_is(why);
    else
        report_end(why);
    if (has_hung_up(why))
        report_offers();
}

// Nothing of SSH has been heard.
void Client::report_silence(const Error& why)
{
    auto& greeting = session_->transport().greeting();
    auto words = quoted_greeting(greeting);
    bool hung_up = has_hung_up(why);
    if (!words.empty())
        log_.error("The server sent {} instead of an SSH version.", words);
    if (hung_up || why.os_error != 0)
        log_.error("kex_exchange_identification: {}", why.os_error != 0 ? why.what : "Connection closed by remote host");
    report_end(why);
    if (is_refusal(greeting))
        log_.error("It has too many logins under way (MaxStartups), or keeps this address out for a while "
                   "(PerSourcePenalties).");
    else if (!words.empty() || why.kind == ErrorKind::peer_misbehaved)
        log_.error("Is port {} the one of its SSH server?", options_.port);
    else if (hung_up && proxy_)
        report_proxy();
    else if (hung_up)
        log_.error("It hung up before it said anything: is this the port of an SSH server, does it let this address in?");
}

// Of a connection that was never a login's.
void Client::report_end(const Error& why)
{
    if (is_closed_by_peer(why))
        log_.error("Connection closed by {}", remote_id());
    else if (why.os_error == ECONNRESET)
        log_.error("Connection reset by {}", remote_id());
    else
        report_as_it_is(why);
    if (timed_out_)
        log_.error("Connection to {} timed out", remote_id());
}

// What the program itself had to say, it has said.
void Client::report_proxy()
{
    auto name = configuration_.uses_proxy_command() ? "ProxyCommand" : "jump host's ssh";
    (void)wait_until_readable(proxy_->pidfd().number(), proxy_patience);
    if (proxy_errors_)
        proxy_errors_->pass_on();
    auto checked = proxy_->check();
    auto status = checked ? *checked : std::nullopt;
    if (!status)
        log_.error("The {} hung up before the server said anything.", name);
    else if (status->signal != 0)
        log_.error("The {} was killed by signal {} before the server said anything.", name, status->signal);
    else
        log_.error("The {} ended with status {} before the server said anything{}", name, status->code,
                   status->code == 127 ? ": there is no such program." : ".");
}

void Client::report_refused_login(const Error& why)
{
    log_.error("{}@{}: {}", printable(options_.user), host_shown(), why.what);
    for (auto& line : login_->explain(*session_->auth(), session_->auth()->methods_left()))
        log_.error("{}", line);
}

// There may have been more keys than the server hears of one client (MaxAuthTries).
void Client::report_offers()
{
    auto* auth = session_->auth();
    if (!auth || !login_ || session_->logged_in())
        return;
    auto keys = std::ranges::count(auth->attempts(), method::publickey, &AuthAttempt::method);
    if (keys == 0)
        return;
    log_.info("What it had answered until then:");
    for (auto& line : login_->explain(*auth, auth->methods_left()))
        log_.info("{}", line);
    if (keys > 1)
        log_.info("If it hears no more keys than these (MaxAuthTries): IdentitiesOnly with IdentityFile offers fewer.");
}

void Client::report_as_it_is(const Error& why)
{
    if (why.kind == ErrorKind::incompatible) {
        log_.error("Unable to negotiate with {}: {}", remote_id(), why.what);
        if (auto advice = advice_on_negotiation(why.what); !advice.empty())
            log_.error("{}", advice);
        return;
    }
    if (why.kind == ErrorKind::system && why.os_error == ECONNRESET) {
        log_.error("Read from remote host {}: {}", host_shown(), os_error_text(ECONNRESET));
        return;
    }
    if (why.kind == ErrorKind::system && why.os_error != 0) {
        log_.error("Connection to {} lost: {}", host_shown(), why.what);
        return;
    }
    // The sentence begins a line: people and tools look for it there.
    log_.error("{}", why.what);
    if (plan_.kind == SessionPlan::Kind::subsystem && terminal_session_ && terminal_session_->program_is_refused())
        log_.error("{}", advice_on_subsystem(plan_.command));
    if (why.kind == ErrorKind::peer_misbehaved)
        log_.error("Disconnected from {}", remote_id());
}

std::string_view Client::verdict_on_host_key() const
{
    switch (trust_) {
    case HostTrust::accepted:
        return host_identity_->was_known() ? "known" : "new, accepted";
    case HostTrust::accepted_unsafely:
        return "CHANGED, accepted because StrictHostKeyChecking is off";
    case HostTrust::rejected:
        break;
    }
    return "rejected";
}

} // namespace nacre
