#include "server/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "auth/methods.h"
#include "base/text.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"

namespace nacre {

std::string shown_name(std::string_view name)
{
    auto shown = printable(name.substr(0, longest_shown_name));
    for (std::size_t at = 0; (at = shown.find(' ', at)) != std::string::npos;)
        shown.replace(at, 1, "\\040");
    return shown;
}

std::string EventContext::peer() const
{
    return fmt::format("{} port {}", source, source_port);
}

std::string EventContext::user_words() const
{
    return fmt::format("{}{}", user_may_exist ? "" : "invalid user ", shown_name(user.value_or("")));
}

std::string EventContext::described_peer(bool is_logged_in) const
{
    if (!user || user->empty())
        return peer();
    std::string_view before = is_logged_in ? "user " : user_may_exist ? "authenticating user " : "";
    return fmt::format("{}{} {}", before, user_words(), peer());
}

namespace events {
namespace {

template <class T>
struct Named {
    T value;
    std::string_view name;
};

template <class T>
std::string_view name_in(std::span<const Named<T>> table, T value)
{
    auto found = std::ranges::find(table, value, &Named<T>::value);
    return found == table.end() ? "unknown" : found->name;
}

constexpr std::array refusals{
    Named{RefusedBy::max_startups, "max_startups"},
    Named{RefusedBy::per_source_max_startups, "per_source_max_startups"},
    Named{RefusedBy::penalty, "penalty"},
    Named{RefusedBy::hosts_access, "hosts_access"},
};
constexpr std::array throttling_states{
    Named{ThrottlingState::began, "began"},
    Named{ThrottlingState::lasts, "lasts"},
    Named{ThrottlingState::ended, "ended"},
};
constexpr std::array auth_results{
    Named{AuthResult::accepted, "accepted"},
    Named{AuthResult::partial, "partial"},
    Named{AuthResult::failed, "failed"},
    Named{AuthResult::postponed, "postponed"},
};
constexpr std::array forwarding_acts{
    Named{ForwardingAct::connect, "connect"},
    Named{ForwardingAct::listen, "listen"},
    Named{ForwardingAct::arrival, "arrival"},
};
constexpr std::array forwarding_results{
    Named{ForwardingResult::opened, "opened"},
    Named{ForwardingResult::refused, "refused"},
    Named{ForwardingResult::failed, "failed"},
};

// "00:05:00", "1d03h46m".
std::string time_span(std::int64_t seconds)
{
    auto minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    return days == 0 ? fmt::format("{:02}:{:02}:{:02}", hours, minutes % 60, seconds % 60)
                     : fmt::format("{}d{:02}h{:02}m", days, hours % 24, minutes % 60);
}

} // namespace

std::string_view name_of(RefusedBy reason) { return name_in<RefusedBy>(refusals, reason); }
std::string_view name_of(ThrottlingState state) { return name_in<ThrottlingState>(throttling_states, state); }
std::string_view name_of(AuthResult result) { return name_in<AuthResult>(auth_results, result); }
std::string_view name_of(ForwardingAct act) { return name_in<ForwardingAct>(forwarding_acts, act); }
std::string_view name_of(ForwardingResult result) { return name_in<ForwardingResult>(forwarding_results, result); }

// ---- sshd --------------------------------------------------------------------------------

EventLines Listening::lines(const EventContext&) const
{
    return {{LogLevel::info, fmt::format("Server listening on {} port {}.", local, local_port)}};
}

EventLines Connection::lines(const EventContext& context) const
{
    return {{LogLevel::verbose,
             fmt::format("Connection from {} on {} port {}", context.peer(), context.local, context.local_port)}};
}

EventLines Refused::lines(const EventContext& context) const
{
    if (reason == RefusedBy::hosts_access)                        // libwrap's words, which fail2ban knows
        return {{level, fmt::format("refused connect from {} ({})", shown_name(source_name), context.source)}};
    auto left = seconds > 0 ? fmt::format(", {} s left", seconds) : std::string{};
    auto why = reason == RefusedBy::penalty        ? fmt::format("penalty: {}{}", penalty, left)
               : reason == RefusedBy::max_startups ? std::string{"past MaxStartups"}
                                                   : std::string{"past PerSourceMaxStartups"};
    return {{level, fmt::format("drop connection #{} from [{}]:{} on [{}]:{} {}", under_way.value_or(0), context.source,
                                context.source_port, context.local, context.local_port, why)}};
}

EventLines Throttling::lines(const EventContext&) const
{
    if (state == ThrottlingState::began)
        return {{level, "beginning MaxStartups throttling"}};
    return {{level, fmt::format("{} MaxStartups throttling {} {}, {} connections dropped",
                                state == ThrottlingState::ended ? "exited" : "in",
                                state == ThrottlingState::ended ? "after" : "for", time_span(seconds), dropped)}};
}

EventLines Penalised::lines(const EventContext& context) const
{
    return {{LogLevel::verbose, fmt::format("penalty of {} s{} for {}: {}", seconds, is_felt ? "" : ", not felt yet,",
                                            context.source, penalty)}};
}

// ---- login -------------------------------------------------------------------------------

EventLines KeysExchanged::lines(const EventContext&) const
{
    return {};                                                    // the transport's lines for debugging say it
}

EventLines UserRefused::lines(const EventContext& context) const
{
    if (!exists)
        return {{LogLevel::info, fmt::format("Invalid user {} from {}", shown_name(context.user.value_or("")), context.peer())}};
    auto from = source_name.empty() ? std::string{} : fmt::format(" from {}", printable(source_name));
    return {{LogLevel::info, fmt::format("User {}{} not allowed because {}", shown_name(account), from, reason)}};
}

void Authentication::key_is(const PublicKey& key, HashKind fingerprint_hash)
{
    key_type = key.type().short_name;
    key_fingerprint = fingerprint(key, fingerprint_hash);
    if (!key.is_certificate())
        return;
    auto certificate = parse_certificate(key);
    if (!certificate)
        return;
    certificate_id = certificate->terms.key_id;
    certificate_serial = std::to_string(certificate->terms.serial);
    ca_type = certificate->authority.type().short_name;
    ca_fingerprint = fingerprint(certificate->authority, fingerprint_hash);
}

EventLines Authentication::lines(const EventContext& context) const
{
    static constexpr std::array words{Named{AuthResult::accepted, "Accepted"}, Named{AuthResult::partial, "Partial"},
                                      Named{AuthResult::failed, "Failed"}, Named{AuthResult::postponed, "Postponed"}};
    std::string detail;
    if (!key_type.empty())
        detail = fmt::format("{} {}", key_type, key_fingerprint);
    if (certificate_id)
        detail += fmt::format(" ID {} (serial {}) CA {} {}", printable(*certificate_id), certificate_serial, ca_type,
                              ca_fingerprint);
    if (principal)
        detail = printable(*principal);
    if (client_user || client_host)
        detail += fmt::format("{}client user \"{:.100}\", client host \"{:.100}\"", detail.empty() ? "" : ", ",
                              printable(client_user.value_or("")), printable(client_host.value_or("")));
    auto shown = method == method::keyboard_interactive ? std::string_view{"keyboard-interactive/pam"} : method;
    return {{level, fmt::format("{} {} for {} from {} ssh2{}{}", name_in<AuthResult>(words, result), shown,
                                context.user_words(), context.peer(), detail.empty() ? "" : ": ", detail)}};
}

EventLines AttemptsExceeded::lines(const EventContext& context) const
{
    return {{level, fmt::format("maximum authentication attempts exceeded for {} from {} ssh2 [preauth]",
                                context.user_words(), context.peer())}};
}

// ---- sessions and forwardings ------------------------------------------------------------

EventLines SessionOpened::lines(const EventContext& context) const
{
    auto what = forced ? fmt::format("forced-command ({})", forced_by) : kind;
    return {{LogLevel::verbose,
             fmt::format("Starting session: {}{}{}{}{}{} for {} from {} id {}", what, command.empty() ? "" : " '",
                         printable(command), command.empty() ? "" : "'", terminal.empty() ? "" : " on ", terminal,
                         context.user_words(), context.peer(), session)}};
}

EventLines SessionClosed::lines(const EventContext& context) const
{
    return {{LogLevel::verbose, fmt::format("Close session: user {} from {} id {}", context.user_words(), context.peer(), session)}};
}

EventLines SessionRefused::lines(const EventContext&) const
{
    return {{LogLevel::info, fmt::format("error: {}", reason)}};
}

EventLines Forwarded::lines(const EventContext& context) const
{
    auto who = fmt::format("user {} from {}", context.user_words(), context.peer());
    if (result == ForwardingResult::opened)
        return {};
    if (result == ForwardingResult::failed)
        return {{level, act == ForwardingAct::listen ? fmt::format("a forwarding for {} cannot listen: {}", who, printable(reason))
                                                     : fmt::format("a connection for {} failed: {}", who, printable(reason))}};
    if (type == "x11" || type == "agent")
        return {{level, fmt::format("{} forwarding is refused to {}", type == "x11" ? "X11" : "agent", who)}};
    std::string_view verb = act == ForwardingAct::listen ? "listen on" : "connect to";
    auto what = type == "tun"    ? std::string{"for a tunnel device"}
                : type == "unix" ? fmt::format("to {} path {}", verb, printable(path))
                                 : fmt::format("to {} host {} port {}", verb, printable(host), port.value_or(0));
    return {{level, fmt::format("Received request from {} {}, but the request was denied.", context.peer(), what)}};
}

// ---- the end -----------------------------------------------------------------------------

namespace {

constexpr std::array causes{
    Named{DisconnectCause::closed_by_peer, "closed_by_peer"},
    Named{DisconnectCause::reset_by_peer, "reset_by_peer"},
    Named{DisconnectCause::disconnected_by_peer, "disconnected_by_peer"},
    Named{DisconnectCause::no_common_algorithm, "no_common_algorithm"},
    Named{DisconnectCause::bad_version, "bad_version"},
    Named{DisconnectCause::went_silent, "went_silent"},
    Named{DisconnectCause::unused, "unused"},
    Named{DisconnectCause::by_us, "by_us"},
    Named{DisconnectCause::protocol_error, "protocol_error"},
    Named{DisconnectCause::grace_exceeded, "grace_exceeded"},
    Named{DisconnectCause::ended_by_monitor, "ended_by_monitor"},
    Named{DisconnectCause::network_process_died, "network_process_died"},
    Named{DisconnectCause::monitor_died, "monitor_died"},
    Named{DisconnectCause::terminated, "terminated"},
};

} // namespace

std::string_view name_of(DisconnectCause cause) { return name_in<DisconnectCause>(causes, cause); }

EventLines Disconnected::lines(const EventContext& context) const
{
    auto who = context.described_peer(is_logged_in);
    auto peer = context.peer();
    auto said = printable(text);
    std::string_view preauth = is_logged_in ? "" : " [preauth]";
    auto line = [&](std::string one) { return EventLines{{level, std::move(one)}}; };
    switch (cause) {
    case DisconnectCause::closed_by_peer:
        return line(fmt::format("Connection closed by {}{}", who, preauth));
    case DisconnectCause::reset_by_peer:
        return line(fmt::format("Connection reset by {}{}", who, preauth));
    case DisconnectCause::disconnected_by_peer:
        return {{level, fmt::format("Received disconnect from {}:{}: {}{}", peer, code.value_or(0), said, preauth)},
                {level, fmt::format("Disconnected from {}{}", who, preauth)}};
    case DisconnectCause::no_common_algorithm:
        return line(fmt::format("Unable to negotiate with {}: {}{}", who, said, preauth));
    case DisconnectCause::bad_version:
        return line(fmt::format("banner exchange: Connection from {}: {}", peer, said));
    case DisconnectCause::went_silent:
        return line(fmt::format("Timeout, client not responding from {}", who));
    case DisconnectCause::unused:
        return line(fmt::format("terminating inactive connection from {}", who));
    case DisconnectCause::by_us:
        return line(fmt::format("Disconnecting {}: {}{}", who, said, preauth));
    case DisconnectCause::protocol_error:
        return line(fmt::format("ssh_dispatch_run_fatal: Connection from {}: {}{}", who, said, preauth));
    case DisconnectCause::grace_exceeded:
        return line(fmt::format("Timeout before authentication for connection from {} to {}, pid = {}", peer,
                                context.local.empty() ? "UNKNOWN" : fmt::format("{} port {}", context.local, context.local_port),
                                process.value_or(0)));
    case DisconnectCause::ended_by_monitor:
    case DisconnectCause::terminated:
        return line(fmt::format("ending the connection of {}: {}", who, said));
    case DisconnectCause::network_process_died:
        return line(fmt::format("sshd-net ended unexpectedly{} for {}", said, who));
    case DisconnectCause::monitor_died:
        return {{LogLevel::debug1, fmt::format("sshd-session {} {}", process.value_or(0), said)}};
    }
    return {};
}

} // namespace events
} // namespace nacre
