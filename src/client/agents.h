// Which agent to use: the one that holds our keys, and the one that the server may use.
//
// An agent is told which session it is used for, so that it can hold keys to their
// destinations (OpenSSH's PROTOCOL.agent §1).
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "client/configuration.h"
#include "runtime/agent_link.h"
#include "transport/transport_settings.h"

namespace nacre {

// What proves which session this is.
struct SessionBinding {
    explicit SessionBinding(const HostKeyQuestion& question)
        : host_key(to_vector(question.host_key)), session_id(to_vector(question.session_id)),
          signature(to_vector(question.signature))
    {
    }
    agent::SessionBind message(bool is_forwarding) const { return {host_key, session_id, signature, is_forwarding}; }

    ByteVector host_key, session_id, signature;
};

// The socket that IdentityAgent or SSH_AUTH_SOCK names.  Nothing: there is none.
std::optional<std::string> agent_socket(const Configuration& configuration, Log& log);

// The socket that ForwardAgent names; with "yes" the same as for logging in.
std::optional<std::string> agent_to_forward(const Configuration& configuration, Log& log);

// Connected, and not told of any session.  Nothing: none, or not reachable.
std::optional<AgentLink> connect_to_agent(const Configuration& configuration, Log& log);

// Connected, and told about the session.  Nothing: none, or not reachable.
std::optional<AgentLink> agent_for_login(const Configuration& configuration, const SessionBinding& binding, Log& log);

} // namespace nacre
