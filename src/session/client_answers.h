// A table of answers to what a ClientSession asks: the short way for programs that can answer at once.
//
// Whoever needs time (a person at a window, a key on another machine) answers the questions of
// session/client_session.h instead, whenever the answer is there.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "keys/public_key.h"
#include "keys/signer.h"
#include "session/client_session.h"
#include "session/event.h"

namespace nacre {

// Is this the host that was meant?  Without `accepts`, no host is.  Of known_hosts files known_host() makes one
// (runtime/credentials.h); who judges by a list of his own should name the algorithms of the keys in it, or a host that has other
// keys as well may show one of those.
struct HostCheck {
    std::function<bool(const PublicKey& key)> accepts{};          // the host has shown that it owns this key
    // Name-list of host key algorithms to ask for.  Empty: those of all plain keys, so that `accepts` meets no certificate.
    std::string algorithms{};
};

// Who logs in, and how.  A method whose answer is missing is not tried.
struct ClientAnswers {
    std::string user{};                                           // on the server
    HostCheck host{};                                             // whom to trust
    std::vector<Signer> keys{};                                   // offered in this order
    // `attempt` counts from 0.  Nothing: no more of them.
    std::function<std::optional<SecretBytes>(unsigned attempt)> password{};
    // keyboard-interactive: an answer to each prompt, or nothing to give up.  Without it, `password` answers a server that
    // asks for one thing and shows no echo.
    std::function<std::optional<std::vector<SecretBytes>>(const PromptsNeeded& asked)> prompts{};
    std::function<void(std::string_view text)> banner{};          // as sent: printable_text() makes it fit for a terminal
};

// Settings of a transport for these answers: the rest of `from` stays as it is.
TransportSettings client_transport(const ClientAnswers& answers, TransportSettings from = {});

// For ClientSession::log_in_as().
ClientAuthSettings login_settings(const ClientAnswers& answers);

// Answers the event if it is a question that the table is for.  False: it is something else, for the caller to handle.
bool answer(ClientSession& session, const ClientSessionEvent& event, const ClientAnswers& answers);

// Takes events until there are none.  Questions are answered from the table, everything else is handed to `handle`, which
// takes every type of event (Overloaded makes one of lambdas) and returns a Result<void> or nothing.
template <class Handler>
Result<void> drain(ClientSession& session, const ClientAnswers& answers, Handler&& handle)
{
    return drain_events([&] { return session.next(); },
                        [&](const ClientSessionEvent& event) -> Result<bool> { return answer(session, event, answers); },
                        handle);
}

} // namespace nacre
