// The client's end of a context of GSS-API: has somebody a ticket, and what does it say to this server?
//
// Calls block: the first token may need a ticket for the server, which comes from the realm's own servers.
#pragma once

#include <string>

#include "auth/gssapi.h"
#include "gssapi/handles.h"

namespace nacre::gssapi {

enum class Delegate { no, yes };

class Initiator {
public:
    // An error: there is no ticket that is valid still.  `identity`: the principal; empty: whatever there is.  Nobody is
    // asked over the network.
    static Result<Initiator> create(const Functions& functions, const std::string& identity);

    // Towards the service "host" of this machine.
    Result<void> begin(const std::string& host, Delegate delegate);
    // After begin().  `received` is empty for the first token.  A step that failed says why.
    GssapiStep step(Bytes received, std::string& why);
    Result<ByteVector> mic(Bytes data) const { return make_mic(*functions_, context_, data); }

private:
    Initiator(const Functions& functions, Credential credential)
        : functions_(&functions), credential_(std::move(credential)), server_(functions), context_(functions)
    {
    }

    const Functions* functions_;
    Credential credential_;
    Name server_;
    Context context_;
    std::uint32_t flags_ = 0;
};

} // namespace nacre::gssapi
