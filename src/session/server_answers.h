// A table of answers to what a ServerSession asks: a server's own rules of who may log in, in a few lines.
//
// The signatures of keys are verified here; the table only says whose key may do what.  Whoever needs time for an answer
// (a directory on another machine) answers the questions of auth/auth_questions.h instead, whenever the answer is there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "keys/public_key.h"
#include "keys/signer.h"
#include "session/event.h"
#include "session/server_session.h"

namespace nacre {

// Who may log in, and how.  A method whose answer is missing is not offered, so an empty table lets nobody in.
//
// What is asked about a user who does not exist should take as long as about one who does.
struct ServerAnswers {
    std::vector<Signer> host_keys{};                              // what this host is known by, one of each type
    // May this user log in without any proof?
    std::function<bool(std::string_view user)> nothing{};
    // May this user log in with this key?  Never a certificate.  Asked before the client has shown that it owns the key, and
    // once more when it has.
    std::function<bool(std::string_view user, const PublicKey& key)> key{};
    // Is this the user's password?  equal_in_constant_time() compares without telling how much of it was right.
    std::function<bool(std::string_view user, std::string_view password)> password{};
    // keyboard-interactive: what is this user asked for?
    std::function<std::vector<Prompt>(std::string_view user)> questions{};
    // Are these answers, as many as there were questions, right?
    std::function<bool(std::string_view user, std::span<const std::string_view> answers)> replies{};
    std::string banner{};                                         // shown before the login; empty: none
    std::uint32_t most_failures = 6;                              // of one connection, which is then ended
};

// Settings of a transport for these answers: the rest of `from` stays as it is.
TransportSettings server_transport(const ServerAnswers& answers, TransportSettings from = {});

// Answers for one session.  The table must live as long.
class ServerAnswerer {
public:
    explicit ServerAnswerer(const ServerAnswers& answers) : answers_(answers) {}
    explicit ServerAnswerer(const ServerAnswers&&) = delete;      // it would be gone at once

    // Answers the event if it is a question that the table is for.  False: it is something else, for the caller to handle.
    // An error (a host key that cannot sign) ends the connection.
    Result<bool> answer(ServerSession& session, const ServerSessionEvent& event);

    // Who wants to log in, and has once Authenticated was reported; empty before the first request.
    const std::string& user() const { return user_; }
    // The method that opened the door: "none", "publickey", "password" or "keyboard-interactive"; empty until one did.
    std::string_view method() const { return method_; }
    // The key that opened the door, if one did.
    const std::optional<PublicKey>& key() const { return key_; }

private:
    AuthAnswer on(const WhoIs& question);
    AuthAnswer on(const TryNone& question);
    AuthAnswer on(const MayUseKey& question);
    AuthAnswer on(const CheckSignature& question);
    AuthAnswer on(const CheckPassword& question);
    AuthAnswer on(const StartPrompts& question);
    AuthAnswer on(const AnswerPrompts& question);
    AuthAnswer on(const CheckHostbased& question);
    AuthAnswer on(const StartGssapi& question);
    AuthAnswer on(const StepGssapi& question);
    AuthAnswer on(const CheckMic& question);

    Result<void> sign(ServerSession& session, const SignatureQuestion& question);
    std::optional<PublicKey> usable_key(std::string_view algorithm, Bytes blob) const;
    AuthAnswer verdict(bool passed, std::string_view method = {});

    const ServerAnswers& answers_;
    std::string methods_;                                         // name-list: what the table has answers for
    std::string signature_algorithms_;
    std::string user_, service_;
    std::vector<Prompt> asked_;
    std::string_view method_;                                     // one of auth/methods.h
    std::optional<PublicKey> key_;
    Transport* transport_ = nullptr;                              // of the session that is being answered
};

// Takes events until there are none, as its namesake for clients does (session/client_answers.h).
template <class Handler>
Result<void> drain(ServerSession& session, ServerAnswerer& answerer, Handler&& handle)
{
    return drain_events([&] { return session.next(); },
                        [&](const ServerSessionEvent& event) { return answerer.answer(session, event); }, handle);
}

} // namespace nacre
