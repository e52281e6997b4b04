#include "gssapi/initiator.h"

#include <optional>

namespace nacre::gssapi {

Result<Initiator> Initiator::create(const Functions& functions, const std::string& identity)
{
    std::optional<Name> name;
    if (!identity.empty())
        name = TRY(import_name(functions, identity, user_name));
    auto credential = TRY(acquire(functions, name ? &*name : nullptr, Purpose::initiate));
    Status minor = 0;
    std::uint32_t seconds = 0;
    auto major = functions.inquire_credential(&minor, credential.handle(), nullptr, &seconds, nullptr, nullptr);
    if (is_error(major))
        return system_failure(status_text(functions, major, minor));
    if (seconds == 0)
        return system_failure("the ticket has expired");
    return Initiator{functions, std::move(credential)};
}

Result<void> Initiator::begin(const std::string& host, Delegate delegate)
{
    server_ = TRY(import_name(*functions_, "host@" + host, service_name));
    context_ = Context{*functions_};
    flags_ = mutual_authentication | integrity | (delegate == Delegate::yes ? delegation : 0);
    return {};
}

GssapiStep Initiator::step(Bytes received, std::string& why)
{
    Output token{*functions_};
    Status minor = 0;
    std::uint32_t flags = 0;
    auto input = view_of(received);
    auto major = functions_->init_context(&minor, credential_.handle(), context_.out(), server_.handle(), &kerberos,
        flags_, 0, nullptr, received.empty() ? nullptr : &input, nullptr, token.out(), &flags, nullptr);
    GssapiStep step{GssapiStep::State::failed, to_vector(token.bytes())};
    if (is_error(major))
        why = status_text(*functions_, major, minor);
    else if (step.token.size() > gssapi_limits::token)
        why = "the token is too long";
    else if (major == continue_needed)
        step.state = GssapiStep::State::goes_on;
    else if ((flags & integrity) == 0 || (flags & mutual_authentication) == 0)
        why = "the server cannot show who it is";
    else
        step.state = GssapiStep::State::established;
    return step;
}

} // namespace nacre::gssapi
