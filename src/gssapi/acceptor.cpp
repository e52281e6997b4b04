#include "gssapi/acceptor.h"

#include <optional>

namespace nacre::gssapi {
namespace {

constexpr std::size_t longest_principal = 1024;

bool same(const Oid& a, const Oid& b)
{
    return same_bytes({static_cast<const std::uint8_t*>(a.elements), a.length},
        {static_cast<const std::uint8_t*>(b.elements), b.length});
}

} // namespace

Result<Acceptor> Acceptor::create(const Functions& functions, const std::string& host)
{
    std::optional<Name> name;
    if (!host.empty())
        name = TRY(import_name(functions, "host@" + host, service_name));
    auto credential = TRY(acquire(functions, name ? &*name : nullptr, Purpose::accept));
    return Acceptor{functions, std::move(credential)};
}

// Why an established context is of no use; empty: it is.
std::string Acceptor::problem_with(std::uint32_t flags, const Oid* mechanism)
{
    if (!mechanism || !same(*mechanism, kerberos))
        return "it is not Kerberos";
    if ((flags & integrity) == 0)
        return "the client did not ask for integrity";
    Output text{*functions_};
    Status minor = 0;
    auto major = functions_->display_name(&minor, initiator_.handle(), text.out(), nullptr);
    if (is_error(major))
        return status_text(*functions_, major, minor);
    principal_ = as_text(text.bytes());
    if (principal_.empty() || principal_.size() > longest_principal || principal_.contains('\0'))
        return "the principal has no proper name";
    return {};
}

Acceptor::Step Acceptor::step(Bytes received)
{
    Step step;
    if (state_ != GssapiState::goes_on || received.size() > gssapi_limits::token || ++tokens_ > gssapi_limits::tokens) {
        step.why = "a token too many, or too long a one";
        return step;
    }
    Output token{*functions_};
    Status minor = 0;
    std::uint32_t flags = 0;
    Oid* mechanism = nullptr;
    auto input = view_of(received);
    initiator_.reset();
    delegated_.reset();
    auto major = functions_->accept_context(&minor, context_.out(), credential_.handle(), &input, nullptr,
        initiator_.out(), &mechanism, token.out(), &flags, nullptr, delegated_.out());
    step.token = to_vector(token.bytes());
    if (is_error(major))
        step.why = status_text(*functions_, major, minor);
    else if (step.token.size() > gssapi_limits::token)
        step.why = "our token is too long";
    else if (major == continue_needed)
        step.state = GssapiState::goes_on;
    else if (step.why = problem_with(flags, mechanism); step.why.empty())
        step.state = GssapiState::established;
    state_ = step.state;
    return step;
}

bool Acceptor::is_right(Bytes mic, Bytes data) const
{
    if (!is_established() || mic.empty() || mic.size() > gssapi_limits::mic)
        return false;
    Status minor = 0;
    auto message = view_of(data);
    auto shown = view_of(mic);
    // Informational bits would say that it was seen before or out of order: nothing came before it.
    return functions_->verify_mic(&minor, context_.handle(), &message, &shown, nullptr) == 0;
}

bool Acceptor::may_be(const std::string& user) const
{
    return is_established() && functions_->user_ok(initiator_.handle(), user.c_str()) == 1;
}

Result<void> Acceptor::store_tickets(const std::string& cache) const
{
    KeyValue place{"ccache", cache.c_str()};
    KeyValues where{1, &place};
    Status minor = 0;
    auto major = functions_->store_credential_into(
        &minor, delegated_.handle(), CredentialUsage::initiate, &kerberos, 1, 1, &where, nullptr, nullptr);
    if (is_error(major))
        return system_failure(status_text(*functions_, major, minor));
    return {};
}

} // namespace nacre::gssapi
