#include "client/timeline_observer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keys/fingerprint.h"

namespace nacre {

void TimelineObserver::connected(const ServerLink& server)
{
    // What was seen of a connection before this one counts no more.
    trips_ = {};
    version_seen_ = keys_seen_ = false;
    proposal_came_.reset();
    attempts_seen_ = 0;
    if (!server.times) {
        note("connected", server.shown());
        return;
    }
    auto& times = *server.times;
    timeline_.add(times.resolved, {}, "name",
                  fmt::format("{} address{}", times.addresses, times.addresses == 1 ? "" : "es"));
    auto others = times.failed == 0 ? std::string{} : fmt::format(", where {} failed", times.failed);
    timeline_.add(times.connected, {}, "TCP", server.shown() + others);
    if (times.failed == 0)
        trips_.path_takes(times.connected - times.resolved);
}

void TimelineObserver::look(const ClientSession& session)
{
    auto& transport = session.transport();
    trips_.look(std::chrono::steady_clock::now(), transport.bytes_sent(), transport.bytes_received());
    if (!version_seen_ && !transport.peer_version().empty()) {
        version_seen_ = true;
        note("version", printable(transport.peer_version()));
    }
    if (!proposal_came_ && !transport.peer_kex_methods().empty())
        proposal_came_ = now();
    if (!keys_seen_ && transport.agreed()) {
        keys_seen_ = true;
        negotiated(*transport.agreed());
        note("encrypted", "keys are in use");
    }
    if (!session.auth())
        return;
    auto& attempts = session.auth()->attempts();
    for (; attempts_seen_ < attempts.size(); ++attempts_seen_) {
        auto& attempt = attempts[attempts_seen_];
        auto with = attempt.with.empty() ? std::string{} : " with " + attempt.with;
        note("login", fmt::format("{}{}: {}", attempt.method, with, attempt.outcome));
    }
}

// One line for both directions where they are alike.
void TimelineObserver::negotiated(const Agreed& agreed)
{
    auto moment = proposal_came_.value_or(now());
    add(moment, "key exchange", agreed.kex ? agreed.kex->name : "");
    add(moment, "host key type", agreed.host_key_algorithm);
    auto& out = agreed.client_to_server;
    auto& in = agreed.server_to_client;
    auto both = [&](std::string_view what, std::string_view sent, std::string_view received) {
        if (sent == received)
            return add(moment, what, sent);
        add(moment, fmt::format("{} out", what), sent);
        add(moment, fmt::format("{} in", what), received);
    };
    both("cipher", out.cipher->name, in.cipher->name);
    if (out.mac || in.mac)
        both("MAC", out.mac_name(), in.mac_name());
    // Without a worth: "none (strong)" would puzzle, and there is none to choose by.
    auto sent = out.compression->name, received = in.compression->name;
    timeline_.add(moment.when, moment.traffic, "compression",
                  sent == received ? std::string{sent} : fmt::format("{} out, {} in", sent, received));
}

void TimelineObserver::add(const Moment& moment, std::string_view what, std::string_view algorithm)
{
    timeline_.add(moment.when, moment.traffic, what, printable(algorithm), worth_of_algorithm(algorithm));
}

void TimelineObserver::host_key(const PublicKey& key, std::string_view verdict)
{
    note("host key", fmt::format("{} {}: {}", key.type().short_name, fingerprint(key), verdict));
}

void TimelineObserver::note(std::string_view what, std::string detail)
{
    auto moment = now();
    timeline_.add(moment.when, moment.traffic, what, std::move(detail));
}

void TimelineObserver::note_once(std::string_view what, std::string_view detail)
{
    if (std::ranges::find(noted_, what) != noted_.end())
        return;
    noted_.emplace_back(what);
    note(what, std::string{detail});
}

} // namespace nacre
