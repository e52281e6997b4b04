#include "session/client_session.h"

#include <fmt/format.h>

#include <utility>

#include "base/contract.h"
#include "messages/numbers.h"
#include "session/event.h"

namespace nacre {

Result<std::optional<ClientSessionEvent>> ClientSession::next()
{
    if (answered_) {
        auto step = std::move(*answered_);
        answered_.reset();
        auto event = TRY(widen<ClientSessionEvent>(std::move(step)));
        if (event)
            return event;
    }
    if (auto closed = connection_.take_closed())
        return widen<ClientSessionEvent>(Result<std::optional<ConnectionEvent>>{std::move(closed)});
    while (!auth_ || !auth_->asks()) {
        auto event = TRY(transport_.next());
        if (!event)
            return idle();
        auto mine = TRY(on(*event));
        if (mine)
            return mine;
    }
    return std::nullopt;
}

// Nothing more has come.  What the server sent behind its key exchange has been heard by now, so the login can use it.
ClientSession::Step ClientSession::idle()
{
    if (std::exchange(login_due_, false))
        return widen<ClientSessionEvent>(auth_->start());
    if (!auth_ || !auth_->is_held() || !transport_.dropped_early_messages())
        return std::nullopt;
    connection_.forget_all();
    answered_ = auth_->go_on();
    return ClientSessionEvent{EarlyChannelsDropped{}};
}

ClientSession::Step ClientSession::on(TransportEvent event)
{
    if (auto* message = std::get_if<IncomingMessage>(&event))
        return on_message(*message);
    if (auto* keys = std::get_if<KeysInUse>(&event)) {
        login_due_ = login_due_ || (keys->first && auth_);
        return ClientSessionEvent{*keys};
    }
    if (auto* question = std::get_if<HostKeyQuestion>(&event))
        return ClientSessionEvent{*question};
    if (auto* left = std::get_if<PeerLeft>(&event))
        return ClientSessionEvent{*left};
    return peer_misbehaved("a question that only a server is asked");
}

// Before the login only its own messages exist, after it only the connection's.
ClientSession::Step ClientSession::on_message(const IncomingMessage& message)
{
    bool logged_in = transport_.is_authenticated();
    if (!logged_in && (is_auth_message(message.number) || message.number == ServiceAccept::number)) {
        if (!auth_)
            return peer_misbehaved("authentication that was not asked for");
        return widen<ClientSessionEvent>(auth_->receive(message));
    }
    if (logged_in && is_connection_message(message.number))
        return widen<ClientSessionEvent>(connection_.receive(message));
    if (is_connection_message(message.number))
        return peer_misbehaved(fmt::format("message {} before the login", message.number.value));
    if (message.number == Pong::number || (logged_in && is_auth_message(message.number)))
        return std::nullopt;
    transport_.unimplemented(message);
    return std::nullopt;
}

ClientAuth& ClientSession::asker()
{
    NACRE_EXPECTS(auth_);                                         // log_in_as() comes before any answer
    return *auth_;
}

void ClientSession::answer_key(std::optional<ByteVector> blob) { answered_ = asker().answer_key(std::move(blob)); }

void ClientSession::answer_signature(std::optional<ByteVector> signature)
{
    answered_ = asker().answer_signature(std::move(signature));
}

void ClientSession::answer_password(std::optional<SecretBytes> password)
{
    answered_ = asker().answer_password(std::move(password));
}

void ClientSession::answer_new_password(std::optional<SecretBytes> old_password, SecretBytes new_password)
{
    answered_ = asker().answer_new_password(std::move(old_password), std::move(new_password));
}

void ClientSession::answer_prompts(std::optional<std::vector<SecretBytes>> answers)
{
    answered_ = asker().answer_prompts(std::move(answers));
}

void ClientSession::answer_gssapi_token(GssapiStep step) { answered_ = asker().answer_gssapi_token(std::move(step)); }

void ClientSession::answer_gssapi_mic(std::optional<ByteVector> mic) { answered_ = asker().answer_gssapi_mic(std::move(mic)); }

} // namespace nacre
