// PRIVILEGED: runs in sshd-session as root.  The method "hostbased" (RFC 4252 §9).
#include <fmt/format.h>

#include <chrono>

#include "auth/hostbased.h"
#include "auth/methods.h"
#include "base/text.h"
#include "server/privileged/login.h"
#include "server/privileged/trusted_hosts.h"
#include "wire/name_list.h"

namespace nacre {

bool Login::host_is_trusted(const CheckHostbased& question, const PublicKey& key)
{
    std::optional<Certificate> certificate;
    if (key.is_certificate()) {
        auto parsed = parse_certificate(key);
        if (!parsed) {
            log_.error("userauth_hostbased: {} [preauth]", printable(parsed.error().what));
            return false;
        }
        certificate = *std::move(parsed);
    }
    HostClaim claim{*options_,
                    *account_,
                    connection_,
                    key,
                    certificate ? &*certificate : nullptr,
                    std::string{without_final_dot(question.client_host)},
                    std::string{question.client_user}};
    auto trusted = is_trusted(claim, log_);
    if (!trusted)
        log_.error("{}", printable(trusted.error().what));
    return trusted.value_or(false);
}

bool Login::host_signature_is_right(const CheckHostbased& question, const PublicKey& key) const
{
    if (session_id_.empty())
        return false;
    auto bytes = encode(HostbasedClaim{.session_id = session_id_,
                                       .user = user_,
                                       .service = service_,
                                       .algorithm = question.algorithm,
                                       .key = question.key,
                                       .client_host = question.client_host,
                                       .client_user = question.client_user});
    return key.verify(question.algorithm, bytes, question.signature, no_token_demands).has_value();
}

Result<void> Login::on(const CheckHostbased& question)
{
    question_comes();
    KeyRules rules{"userauth_hostbased", "HostbasedAcceptedAlgorithms", options_->hostbased_accepted_algorithms};
    auto key = progress_->may_try(method::hostbased) ? proper_key(rules, question.algorithm, question.key) : std::nullopt;
    bool passed = key && account_ && host_is_trusted(question, *key) && host_signature_is_right(question, *key);
    if (key && account_)                                          // whose files were searched
        search_times_.took(std::chrono::steady_clock::now() - question_came_);
    if (!passed)
        wait_as_for_a_search();
    events::Authentication event{.method = std::string{method::hostbased}};
    event.client_user = question.client_user;
    event.client_host = without_final_dot(question.client_host);
    if (key)
        event.key_is(*key, options_->fingerprint_hash);
    if (passed) {
        used_keys_.push_back(to_vector(key->plain().blob()));
        auth_info_ += fmt::format("hostbased {}\n", key->line());
    }
    return conclude(passed, std::move(event));
}

} // namespace nacre
