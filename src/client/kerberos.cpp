#include "client/kerberos.h"

#include "base/text.h"
#include "gssapi/tickets.h"
#include "os/resolve.h"
#include "os/socket.h"

namespace nacre {

Kerberos::Kerberos(const Configuration& configuration, Log& log) : configuration_(configuration), log_(log)
{
    if (configuration.options().gssapi_authentication)
        look_for_ticket();
}

void Kerberos::look_for_ticket()
{
    if (!gssapi::may_have_ticket()) {
        log_.debug2("GSSAPIAuthentication: Kerberos is not set up here");
        return;
    }
    auto functions = gssapi::load_functions();
    if (!functions) {
        log_.debug1("GSSAPIAuthentication: there are no logins by Kerberos: {}", printable(functions.error().what));
        return;
    }
    functions_ = *functions;
    auto ticket = gssapi::Initiator::create(*functions_, configuration_.options().gssapi_client_identity);
    if (!ticket) {
        log_.debug1("GSSAPIAuthentication: there is no Kerberos ticket: {}", ticket.error().what);
        return;
    }
    ticket_ = *std::move(ticket);
}

// Whose ticket is asked for.  A name from the DNS is good only where its answers can be trusted.
std::string Kerberos::server_name(int connection) const
{
    auto& options = configuration_.options();
    if (!options.gssapi_server_identity.empty())
        return options.gssapi_server_identity;
    if (options.gssapi_trust_dns)
        if (auto address = peer_address(connection))
            if (auto name = confirmed_name(*address))
                return *name;
    return configuration_.host();
}

GssapiStep Kerberos::step(const GssapiTokenNeeded& question, int connection)
{
    if (!ticket_)
        return {};
    if (question.received.empty()) {
        auto host = server_name(connection);
        bool delegates = configuration_.options().gssapi_delegate_credentials;
        log_.debug1("Kerberos: asking for a ticket for host@{}{}", printable(host), delegates ? ", delegating" : "");
        auto begun = ticket_->begin(host, delegates ? gssapi::Delegate::yes : gssapi::Delegate::no);
        if (!begun) {
            log_.debug1("Kerberos: {}", begun.error().what);
            return {};
        }
    }
    std::string why;
    auto step = ticket_->step(question.received, why);
    if (!why.empty())
        log_.debug1("Kerberos: {}", why);
    return step;
}

std::optional<ByteVector> Kerberos::mic(const GssapiMicNeeded& question)
{
    if (!ticket_)
        return std::nullopt;
    auto mic = ticket_->mic(question.data);
    if (mic)
        return *std::move(mic);
    log_.debug1("Kerberos: {}", mic.error().what);
    return std::nullopt;
}

} // namespace nacre
