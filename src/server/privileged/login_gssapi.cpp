// PRIVILEGED: runs in sshd-session as root.  The method "gssapi-with-mic" (RFC 4462 §3).
//
// The keytab never leaves this process; sshd-net carries tokens.  Who does not exist is refused where others are whose
// principal may not log in: at the end.
#include <fmt/format.h>

#include "auth/gssapi.h"
#include "auth/methods.h"
#include "base/text.h"
#include "os/resolve.h"
#include "server/privileged/as_user.h"
#include "server/privileged/login.h"

namespace nacre {

// Whether Kerberos is there at all: else the method is not offered.
void Login::look_for_gssapi()
{
    if (!options_->gssapi_authentication)
        return;
    auto functions = gssapi::load_functions();
    if (functions) {
        gssapi_functions_ = *functions;
        return;
    }
    log_.debug1("GSSAPIAuthentication: there are no logins by Kerberos: {}", printable(functions.error().what));
    options_->gssapi_authentication = false;
}

Result<void> Login::on(const StartGssapi&)
{
    question_comes();
    gssapi_.reset();
    if (!progress_->may_try(method::gssapi_with_mic) || !gssapi_functions_)
        return conclude(false, {.method = std::string{method::gssapi_with_mic}});
    auto host = options_->gssapi_strict_acceptor_check ? own_host_name() : std::string{};
    auto acceptor = gssapi::Acceptor::create(*gssapi_functions_, host);
    if (!acceptor) {
        log_.error("GSSAPIAuthentication: there is no key for this host{}{}: {}", host.empty() ? "" : ", host@",
            printable(host), acceptor.error().what);
        progress_->withdraw(method::gssapi_with_mic);
        return network_.send(Verdict{AuthOutcome::failure, progress_->can_continue(), true});
    }
    gssapi_ = *std::move(acceptor);
    return network_.send(GssapiReady{});
}

Result<void> Login::on(const StepGssapi& question)
{
    question_comes();
    if (!gssapi_)
        return peer_misbehaved("monitor: a token of GSS-API where nothing has begun");
    auto step = gssapi_->step(question.token);
    if (step.state == GssapiState::failed) {
        gssapi_.reset();
        log_.info("Kerberos login of {} from {} failed: {} [preauth]", log_.context().user_words(), connection_.peer(), step.why);
        count_failure({.method = std::string{method::gssapi_with_mic}});
    }
    return network_.send(GssapiToken{step.state, step.token});
}

Result<void> Login::on(const CheckMic& question)
{
    question_comes();
    auto acceptor = std::exchange(gssapi_, std::nullopt);
    if (!acceptor || !acceptor->is_established() || session_id_.empty())
        return peer_misbehaved("monitor: a MIC without a context");
    auto claim = encode(GssapiClaim{.session_id = session_id_, .user = user_, .service = service_});
    bool proven = acceptor->is_right(question.mic, claim);
    if (!proven)
        log_.info("Kerberos login of {} from {} failed: {} [preauth]", log_.context().user_words(), connection_.peer(),
            question.mic.empty() ? "it does not prove that it is of this session" : "the MIC is wrong");
    std::string client_name{acceptor->principal()};
    auto principal = printable(client_name);
    bool passed = proven && account_ &&
        done_as_user(*account_, [&] { return acceptor->may_be(account_->name); });   // reads .k5login
    if (passed) {
        log_.info("Authorized to {}, krb5 principal {}", printable(account_->name), principal);
        auth_info_ += fmt::format("gssapi-with-mic {}\n", principal);
        if (options_->gssapi_delegate_credentials && acceptor->has_tickets())
            lender_ = *std::move(acceptor);
    } else if (proven && account_) {
        log_.info("Kerberos principal {} may not log in as {} [preauth]", principal, printable(account_->name));
    }
    events::Authentication event{.method = std::string{method::gssapi_with_mic}};
    if (proven)
        event.principal = client_name;
    return conclude(passed, std::move(event));
}

void Login::store_tickets()
{
    if (!lender_)
        return;
    auto at_end =
        options_->gssapi_cleanup_credentials ? DelegatedTickets::AtEnd::remove : DelegatedTickets::AtEnd::leave;
    auto stored = DelegatedTickets::store(*lender_, *account_, at_end);
    lender_.reset();
    if (!stored) {
        log_.error("the delegated Kerberos tickets of {} could not be stored", printable(account_->name));
        return;
    }
    tickets_.emplace(*std::move(stored));
    log_.debug1("delegated Kerberos tickets are in {}", tickets_->cache());
    passwords_->tell_modules_of(std::string{DelegatedTickets::variable}, tickets_->cache());
}

} // namespace nacre
