#include "agent/bindings.h"

#include <algorithm>

#include "base/pattern.h"
#include "base/text.h"
#include "keys/certificate.h"

namespace nacre::agent {

namespace {

constexpr std::uint8_t userauth_request_number = 50;
constexpr std::string_view publickey_method = "publickey";
constexpr std::string_view hostbound_method = "publickey-hostbound-v00@openssh.com";

// Is there a constraint for this hop?  No `from`: from the origin.  No `to`: on to wherever else.
bool hop_is_listed(const std::vector<Destination>& destinations, const PublicKey* from, const PublicKey* to,
                   std::optional<std::string_view> user)
{
    return std::ranges::any_of(destinations, [&](const Destination& one) {
        if (from ? !one.from.is_held_by(*from) : !one.from.is_origin())
            return false;
        if (to && !one.to.is_held_by(*to))
            return false;
        return !user || one.to.user.empty() || matches_pattern(*user, one.to.user);
    });
}

// A host behind the first is judged by a client that may be in the wrong hands: so here, too.  Whom a certificate names, and
// whose it is, is each constraint's question (HopEnd::is_held_by).
bool is_fit_for_destinations(const PublicKey& host_key, std::uint64_t time)
{
    if (!host_key.is_certificate())
        return true;
    auto certificate = parse_certificate(host_key);
    if (!certificate)
        return false;
    auto* algorithm = find_signature_algorithm(certificate->signature_algorithm);
    return algorithm && algorithm->offered && is_valid_at(certificate->terms, time) &&
           certificate->terms.critical_options.empty();           // hosts have none
}

} // namespace

std::optional<LoginClaim> parse_login_claim(Bytes data, Bytes key)
{
    Reader in{data};
    LoginClaim claim;
    claim.session_id = in.string();
    auto number = in.u8();
    claim.user = in.text();
    auto service = in.text();
    auto method = in.text();
    auto has_signature = in.u8();
    in.string();                                                  // algorithm
    auto named_key = in.string();
    bool hostbound = method == hostbound_method;
    if (hostbound)
        claim.host_key = in.string();
    if (!in.finish("login claim") || claim.session_id.empty() || number != userauth_request_number ||
        service != "ssh-connection" || has_signature != 1 || (!hostbound && method != publickey_method) ||
        (hostbound && claim.host_key.empty()) || !same_bytes(named_key, key))
        return std::nullopt;
    return claim;
}

Result<void> Bindings::bind(const SessionBind& request)
{
    attempted_ = true;
    auto host_key = TRY(PublicKey::from_blob(request.host_key));
    auto algorithm = Reader{request.signature}.text();
    // Of a certified host key the signature bears the plain algorithm's name.
    TRY(host_key.plain().verify(algorithm, request.session_id, request.signature, no_token_demands));
    for (auto& session : sessions_) {
        if (!session.forwarded)
            return not_permitted("the connection is bound to a login already");
        if (same_bytes(session.session_id, request.session_id)) {
            if (session.host_key == host_key)
                return {};
            return not_permitted("the session is bound to another host key");
        }
    }
    if (sessions_.size() == most_sessions)
        return not_permitted("the connection is bound to too many sessions");
    bool is_fit = is_fit_for_destinations(host_key, time_);
    sessions_.push_back({std::move(host_key), to_vector(request.session_id), request.is_forwarding, is_fit});
    return {};
}

bool Bindings::permits(const std::vector<Destination>& destinations, std::optional<std::string_view> user) const
{
    if (destinations.empty())
        return true;
    if (sessions_.empty())
        return !attempted_;                                       // a local client, which may see everything
    const PublicKey* from = nullptr;
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        auto& session = sessions_[i];
        bool is_last = i + 1 == sessions_.size();
        if (!session.is_fit)
            return false;
        // To sign is for whoever is at the end, to be passed through for all before it.
        if (is_last ? session.forwarded && user : !session.forwarded)
            return false;
        if (!hop_is_listed(destinations, from, &session.host_key, is_last ? user : std::nullopt))
            return false;
        from = &session.host_key;
    }
    // A host that only forwards must be able to go on from there with this key.
    return !sessions_.back().forwarded || hop_is_listed(destinations, from, nullptr, std::nullopt);
}

Result<void> Bindings::allows_signing(const std::vector<Destination>& destinations, Bytes key, Bytes data) const
{
    if (destinations.empty())
        return {};
    if (sessions_.empty())
        return not_permitted("the key is for certain destinations, and the client has not said where it goes");
    auto claim = parse_login_claim(data, key);
    if (!claim)
        return not_permitted("the key is for certain destinations, and this is not a login");
    if (!permits(destinations, claim->user))
        return not_permitted("the key is not for this destination");
    auto& last = sessions_.back();
    if (!same_bytes(claim->session_id, last.session_id))
        return not_permitted("the login is to another session than the client said");
    // Where the way is longer than one hop only the hostbound form proves its end.
    if (claim->host_key.empty() ? sessions_.size() > 1 : !same_bytes(claim->host_key, last.host_key.blob()))
        return not_permitted("the login is to another host than the client said");
    return {};
}

} // namespace nacre::agent
