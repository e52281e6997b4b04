// A whole server without a socket: Transport, ServerAuth and Connection with one stream of events.
//
// Signatures and logins leave as questions (the second kind may be forwarded as it is to a
// privileged process); channels exist only after the login was granted from outside.
#pragma once

#include <optional>
#include <variant>

#include "auth/server_auth.h"
#include "connection/connection.h"
#include "transport/transport.h"

namespace nacre {

// Whatever a server is asked or told.
using ServerSessionEvent =
    std::variant<SignatureQuestion, KeysInUse, PeerLeft, AuthQuestion, Authenticated, OpenRequested, Opened, OpenRefused,
                 DataArrived, RoomToSend, Requested, RequestAnswered, PeerFinished, Closed, GlobalRequested, GlobalAnswered>;

class ServerSession {
public:
    // The version line and KEXINIT are ready to be sent at once.
    ServerSession(TransportSettings transport, Random& random, Log& log, TimePoint now)
        : transport_(Role::server, std::move(transport), random, log, now), auth_(transport_, log), connection_(transport_)
    {
    }

    // Nothing: more bytes are needed, or the answer to a question.
    Result<std::optional<ServerSessionEvent>> next();

    // To SignatureQuestion: a signature blob.
    void answer_signature(Bytes signature) { transport_.answer_signature(signature); }
    void answer(const AuthAnswer& answer);                        // to AuthQuestion

    Transport& transport() { return transport_; }                 // where bytes come in and go out
    Connection& connection() { return connection_; }              // its calls count once Authenticated was reported

private:
    using Step = Result<std::optional<ServerSessionEvent>>;
    Step on_message(const IncomingMessage& message);

    Transport transport_;
    ServerAuth auth_;
    Connection connection_;
    std::optional<Result<std::optional<AuthStep>>> answered_;     // what an answer led to, for the next next()
};

} // namespace nacre
