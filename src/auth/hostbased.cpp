#include "auth/hostbased.h"

#include <fmt/format.h>

#include "auth/methods.h"
#include "base/text.h"
#include "keys/public_key.h"

namespace nacre {
namespace {

// The lengths of SHA-1, SHA-256, SHA-384 and SHA-512: a session identifier is an exchange hash.
bool is_session_id(Bytes bytes)
{
    return bytes.size() == 20 || bytes.size() == 32 || bytes.size() == 48 || bytes.size() == 64;
}

Result<void> check_form(const HostbasedClaim& claim)
{
    if (!is_session_id(claim.session_id) || claim.request != UserauthRequest::number.value)
        return not_permitted("what shall be signed is no login");
    if (claim.service != service::connection || claim.method != method::hostbased)
        return not_permitted("what shall be signed is no host-based login");
    auto* algorithm = find_signature_algorithm(claim.algorithm);
    auto key = PublicKey::from_blob(claim.key);
    if (!algorithm || !key || key->kind() != algorithm->kind)
        return not_permitted("the key and its algorithm do not belong together");
    return {};
}

} // namespace

std::string_view without_final_dot(std::string_view host)
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    return host;
}

Result<HostbasedClaim> claim_to_sign(Bytes data, const KeysignSituation& situation)
{
    auto claim = TRY(decode<HostbasedClaim>(data));
    TRY(check_form(claim));
    if (!claim.client_host.ends_with('.') || situation.local_host.empty()
        || !equal_ignoring_case(without_final_dot(claim.client_host), situation.local_host))
        return not_permitted(fmt::format("this host is {}, not {}", printable(situation.local_host),
                                         printable(without_final_dot(claim.client_host))));
    if (situation.local_user.empty() || claim.client_user != situation.local_user)
        return not_permitted(
            fmt::format("you are {}, not {}", printable(situation.local_user), printable(claim.client_user)));
    return claim;
}

std::optional<HostKeyOffers::Offer> HostKeyOffers::next()
{
    auto offer = find_next();
    if (offer)
        offered_[offer->key] = true;
    return offer;
}

std::optional<HostKeyOffers::Offer> HostKeyOffers::find_next() const
{
    for (auto name : split(settings_.algorithms, ',')) {
        auto* row = find_signature_algorithm(name);
        for (std::size_t i = 0; row && i < offered_.size(); ++i) {
            auto key = offered_[i] ? Result<PublicKey>{bad_input("offered")} : PublicKey::from_blob(settings_.keys[i].blob);
            if (key && key->kind() == row->kind)
                return Offer{i, row->name};
        }
    }
    return std::nullopt;
}

} // namespace nacre
