// The server's end of a context of GSS-API: who does the token come from, and may he be this user?
//
// Needs the host's keytab (krb5.keytab), so in sshd only the monitor has one.  Calls block.
#pragma once

#include <string>

#include "auth/auth_questions.h"
#include "auth/gssapi.h"
#include "gssapi/handles.h"

namespace nacre::gssapi {

class Acceptor {
public:
    // `host`: only its own key counts (GSSAPIStrictAcceptorCheck); empty: every key of the keytab.
    static Result<Acceptor> create(const Functions& functions, const std::string& host);

    // What is said to the peer, who learns nothing of `why` it failed.
    struct Step {
        GssapiState state = GssapiState::failed;
        ByteVector token{};
        std::string why{};
    };
    Step step(Bytes received);

    bool is_established() const { return state_ == GssapiState::established; }
    // Once it is established.
    const std::string& principal() const { return principal_; }   // "joe@EXAMPLE.ORG", as it is
    bool is_right(Bytes mic, Bytes data) const;
    bool may_be(const std::string& user) const;                   // .k5login, or the realm's rules (krb5_kuserok)
    bool has_tickets() const { return static_cast<bool>(delegated_); }
    // The delegated tickets; `cache`: "FILE:/tmp/…", in a place that belongs to the caller.
    Result<void> store_tickets(const std::string& cache) const;

private:
    Acceptor(const Functions& functions, Credential credential)
        : functions_(&functions), credential_(std::move(credential)), context_(functions), initiator_(functions),
          delegated_(functions)
    {
    }
    std::string problem_with(std::uint32_t flags, const Oid* mechanism);

    const Functions* functions_;
    Credential credential_;
    Context context_;
    Name initiator_;
    Credential delegated_;
    std::string principal_;
    GssapiState state_ = GssapiState::goes_on;
    unsigned tokens_ = 0;                                         // that came
};

} // namespace nacre::gssapi
