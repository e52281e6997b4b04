// The client's Kerberos: is there a ticket, and what does it say to the server (gssapi-with-mic)?
//
// Where GSSAPIAuthentication is off, or nobody can have a ticket here, nothing is loaded and nothing is looked for.
#pragma once

#include <optional>
#include <string>

#include "auth/client_auth.h"
#include "base/log.h"
#include "client/configuration.h"
#include "gssapi/initiator.h"

namespace nacre {

class Kerberos {
public:
    Kerberos(const Configuration& configuration, Log& log);

    bool has_ticket() const { return ticket_.has_value(); }
    // `connection`: its descriptor, for GSSAPITrustDns.
    GssapiStep step(const GssapiTokenNeeded& question, int connection);
    std::optional<ByteVector> mic(const GssapiMicNeeded& question);

private:
    void look_for_ticket();
    std::string server_name(int connection) const;

    const Configuration& configuration_;
    Log& log_;
    std::optional<gssapi::Functions> functions_;
    std::optional<gssapi::Initiator> ticket_;
};

} // namespace nacre
