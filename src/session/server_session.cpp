#include "session/server_session.h"

#include <fmt/format.h>

#include "messages/numbers.h"
#include "session/event.h"

namespace nacre {

Result<std::optional<ServerSessionEvent>> ServerSession::next()
{
    if (answered_) {
        auto step = std::move(*answered_);
        answered_.reset();
        auto event = TRY(widen<ServerSessionEvent>(std::move(step)));
        if (event)
            return event;
    }
    if (auto closed = connection_.take_closed())
        return widen<ServerSessionEvent>(Result<std::optional<ConnectionEvent>>{std::move(closed)});
    while (!auth_.asks()) {
        auto event = TRY(transport_.next());
        if (!event)
            return std::nullopt;
        if (auto* message = std::get_if<IncomingMessage>(&*event)) {
            auto mine = TRY(on_message(*message));
            if (mine)
                return mine;
            continue;
        }
        if (auto* question = std::get_if<SignatureQuestion>(&*event))
            return ServerSessionEvent{*question};
        if (auto* keys = std::get_if<KeysInUse>(&*event))
            return ServerSessionEvent{*keys};
        if (auto* left = std::get_if<PeerLeft>(&*event))
            return ServerSessionEvent{*left};
        return peer_misbehaved("a question that only a client is asked");
    }
    return std::nullopt;
}

// Before the login only its own messages exist, after it only the connection's.  A client may have sent channel
// messages behind a login that failed: they are answered as unknown, so that it can go on.
ServerSession::Step ServerSession::on_message(const IncomingMessage& message)
{
    bool logged_in = transport_.is_authenticated();
    bool for_auth = is_auth_message(message.number) || message.number == ServiceRequest::number;
    if (!logged_in && for_auth)
        return widen<ServerSessionEvent>(auth_.receive(message));
    if (logged_in && is_connection_message(message.number))
        return widen<ServerSessionEvent>(connection_.receive(message));
    // RFC 4252 §5.3: "any further authentication requests … MUST be silently ignored"
    if ((logged_in && message.number == UserauthRequest::number) || message.number == Pong::number)
        return std::nullopt;
    transport_.unimplemented(message);
    return std::nullopt;
}

void ServerSession::answer(const AuthAnswer& answer) { answered_ = auth_.answer(answer); }

} // namespace nacre
