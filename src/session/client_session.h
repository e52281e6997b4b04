// A whole client without a socket: Transport, ClientAuth and Connection with one stream of events.
//
// Feed what arrives, take next() until it is empty, answer questions, send what
// to_transmit() returns, come back by the deadline.  Which layer a message number may reach
// in which phase is decided in one place here.
#pragma once

#include <optional>
#include <variant>

#include "auth/client_auth.h"
#include "connection/connection.h"
#include "transport/transport.h"

namespace nacre {

// What came too early (EarlyLoginRefused) is known to be dropped: it may be sent again once the login has succeeded.  Its
// channels are gone.
struct EarlyChannelsDropped {};

// The transport's questions and news, the authenticator's, the connection's.
using ClientSessionEvent =
    std::variant<HostKeyQuestion, KeysInUse, PeerLeft, KeyNeeded, SignatureNeeded, HostSignatureNeeded, PasswordNeeded,
                 NewPasswordNeeded, PromptsNeeded, GssapiTokenNeeded, GssapiMicNeeded, BannerShown, LoggedIn,
                 ChannelsMayOpen, EarlyLoginRefused, EarlyChannelsDropped, OpenRequested, Opened, OpenRefused, DataArrived,
                 RoomToSend, Requested, RequestAnswered, PeerFinished, Closed, GlobalRequested, GlobalAnswered>;

class ClientSession {                                             // transport, login and channels as one
public:
    // The version line and KEXINIT are ready to be sent at once.
    ClientSession(TransportSettings transport, Random& random, Log& log, TimePoint now)
        : transport_(Role::client, std::move(transport), random, log, now), connection_(transport_), log_(log)
    {
    }

    // Behind somebody else's login: the connection layer alone, which may be used at once.
    ClientSession(Transport::Bare bare, Random& random, Log& log, TimePoint now)
        : transport_(bare, Role::client, random, log, now), connection_(transport_), log_(log)
    {
    }

    // Who logs in, and how: any time before the host key is accepted.
    void log_in_as(ClientAuthSettings settings) { auth_.emplace(transport_, std::move(settings), log_); }

    // Nothing: more bytes are needed, or the answer to a question.
    Result<std::optional<ClientSessionEvent>> next();

    void answer(HostKeyVerdict verdict) { transport_.answer(verdict); }   // to HostKeyQuestion
    void answer_key(std::optional<ByteVector> blob);              // to KeyNeeded; nothing: without that key
    // To SignatureNeeded and HostSignatureNeeded; nothing: without that key.
    void answer_signature(std::optional<ByteVector> signature);
    void answer_password(std::optional<SecretBytes> password);    // to PasswordNeeded; nothing: no more of them
    // To NewPasswordNeeded; nothing: not now.
    void answer_new_password(std::optional<SecretBytes> old_password, SecretBytes new_password);
    void answer_prompts(std::optional<std::vector<SecretBytes>> answers);   // to PromptsNeeded; nothing: not that way
    // To GssapiTokenNeeded and GssapiMicNeeded.
    void answer_gssapi_token(GssapiStep step);
    void answer_gssapi_mic(std::optional<ByteVector> mic);        // nothing: give up the method

    Transport& transport() { return transport_; }                 // where bytes come in and go out
    const Transport& transport() const { return transport_; }     // the same, to look at
    Connection& connection() { return connection_; }              // its calls count once ChannelsMayOpen or LoggedIn was reported
    const ClientAuth* auth() const { return auth_ ? &*auth_ : nullptr; }   // null before log_in_as()
    bool logged_in() const { return transport_.is_authenticated(); }   // channels may be used

private:
    using Step = Result<std::optional<ClientSessionEvent>>;
    Step on(TransportEvent event);
    Step on_message(const IncomingMessage& message);
    Step idle();

    Transport transport_;
    ClientAuth& asker();                                          // who has asked what is being answered
    std::optional<ClientAuth> auth_;
    Connection connection_;
    Log& log_;
    bool login_due_ = false;                                      // begins when everything that came has been read
    std::optional<Result<std::optional<ClientAuthEvent>>> answered_;   // what an answer led to, for the next next()
};

} // namespace nacre
