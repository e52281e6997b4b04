// PRIVILEGED: runs in sshd-session as root.  The method "publickey" (RFC 4252 §7, PROTOCOL.md for the host-bound form).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "auth/methods.h"
#include "auth/publickey.h"
#include "base/text.h"
#include "keys/fingerprint.h"
#include "server/privileged/key_lookup.h"
#include "server/privileged/login.h"
#include "server/privileged/trusted_authorities.h"
#include "server/refusal_time.h"
#include "wire/name_list.h"

namespace nacre {

// Also of "hostbased".
std::optional<PublicKey> Login::proper_key(const KeyRules& rules, std::string_view algorithm, Bytes blob)
{
    auto* row = find_signature_algorithm(algorithm);
    if (!row || !list_contains(rules.accepted, algorithm)) {
        log_.info("{}: signature algorithm {} not in {} [preauth]", rules.said_by, printable(algorithm), rules.keyword);
        return std::nullopt;
    }
    auto key = PublicKey::from_blob(blob);
    if (!key || key->kind() != row->kind) {
        log_.error("{}: cannot decode key [preauth]", rules.said_by);
        return std::nullopt;
    }
    if (key->type().plain_kind == KeyKind::rsa && key->bits() < options_->required_rsa_size) {
        log_.info("refusing RSA key of {} bits: RequiredRSASize is {} [preauth]", key->bits(), options_->required_rsa_size);
        return std::nullopt;
    }
    auto plain = key->plain();                                    // also of a certificate: it counts once
    if (std::ranges::any_of(used_keys_, [&](auto& used) { return same_bytes(used, plain.blob()); })) {
        log_.info("refusing previously-used {} key [preauth]", key->type().name);
        return std::nullopt;
    }
    return *std::move(key);
}

std::optional<Login::UsableKey> Login::usable_key(std::string_view algorithm, Bytes blob)
{
    if (!progress_->may_try(method::publickey))
        return std::nullopt;
    KeyRules rules{"userauth_pubkey", "PubkeyAcceptedAlgorithms", options_->pubkey_accepted_algorithms};
    auto key = proper_key(rules, algorithm, blob);
    if (!key)
        return std::nullopt;
    std::optional<Certificate> certificate;
    if (key->is_certificate()) {
        auto parsed = parse_certificate(*key);
        if (!parsed) {
            log_.error("userauth_pubkey: {} [preauth]", printable(parsed.error().what));
            return std::nullopt;
        }
        certificate = *std::move(parsed);
    }
    if (is_revoked(*options_, *key, log_))
        return std::nullopt;
    if (!account_) {
        wait_as_for_a_search();
        return std::nullopt;
    }
    auto permission = look_up_key({*options_, *account_, connection_, *key, certificate ? &*certificate : nullptr,
                                   network_.fd()},
                                  log_);
    search_times_.took(std::chrono::steady_clock::now() - question_came_);
    if (!permission) {
        wait_as_for_a_search();                                   // quick ones, too, or they would tell
        return std::nullopt;
    }
    return UsableKey{*std::move(key), *std::move(permission)};
}

Result<void> Login::on(const MayUseKey& question)
{
    question_comes();
    auto usable = usable_key(question.algorithm, question.key);
    events::Authentication event{.method = std::string{method::publickey}};
    if (auto key = PublicKey::from_blob(question.key))
        event.key_is(*key, options_->fingerprint_hash);
    if (!usable) {
        ++failures_;
        hide_time(shortest_refusal);
        tell(std::move(event), events::AuthResult::failed, LogLevel::verbose);
        tell_if_exceeded();
        return network_.send(KeyVerdict{false});
    }
    tell(std::move(event), events::AuthResult::postponed, LogLevel::verbose);
    return network_.send(KeyVerdict{true});
}

// PubkeyAuthOptions demands of all tokens, a key's line and certificate of one.
TokenDemands Login::token_demands(const KeyOptions& options) const
{
    auto& always = options_->pubkey_auth_options;
    return {.touch = always.touch_required || options.require_touch,
            .verification = always.verify_required || options.require_verify};
}

bool Login::signature_is_right(const CheckSignature& question, const UsableKey& usable) const
{
    if (session_id_.empty() || (question.method != method::publickey && question.method != method::publickey_hostbound))
        return false;
    auto bytes = signed_bytes({.session_id = session_id_,
                               .user = user_,
                               .service = service_,
                               .method = question.method,
                               .algorithm = question.algorithm,
                               .key = question.key,
                               .host_key = host_key_});
    auto demands = token_demands(usable.permission.options);
    auto algorithm = usable.key.algorithm_of(question.algorithm, question.signature);
    auto verified = usable.key.verify(algorithm, bytes, question.signature, demands);
    if (!verified && verified.error().kind == ErrorKind::not_permitted)
        log_.error("{} key {} from {}: {} [preauth]", usable.key.type().short_name,
                   fingerprint(usable.key, options_->fingerprint_hash), connection_.peer(), verified.error().what);
    return verified.has_value();
}

Result<void> Login::on(const CheckSignature& question)
{
    question_comes();
    auto usable = usable_key(question.algorithm, question.key);
    bool passed = usable && signature_is_right(question, *usable);
    events::Authentication event{.method = std::string{method::publickey}};
    if (auto key = PublicKey::from_blob(question.key))
        event.key_is(*key, options_->fingerprint_hash);
    if (passed) {
        log_.verbose("Accepted key {} {} found at {}", event.key_type, event.key_fingerprint,
                     printable(usable->permission.place));
        auto together = restricted_by_both(key_options_, usable->permission.options);
        if (!together)
            return conclude(false, std::move(event));
        key_options_ = *std::move(together);
        used_keys_.push_back(to_vector(usable->key.plain().blob()));
        auth_info_ += fmt::format("publickey {}\n", usable->key.line());
    }
    return conclude(passed, std::move(event));
}

} // namespace nacre
