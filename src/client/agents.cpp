#include "client/agents.h"

#include "base/text.h"
#include "config/none.h"
#include "os/environment.h"
#include "os/signals.h"

namespace nacre {
namespace {

constexpr std::string_view usual_variable = "SSH_AUTH_SOCK";

std::optional<std::string> non_empty(std::optional<std::string> value)
{
    return value && value->empty() ? std::nullopt : std::move(value);
}

std::optional<std::string> named_socket(const Configuration& configuration, std::string_view keyword,
                                        const std::string& written, Log& log)
{
    // "$NAME" is a variable that holds the whole path; "${NAME}" may be a part of it.
    if (written[0] == '$' && !written.starts_with("${"))
        return non_empty(environment_variable(written.substr(1)));
    auto path = configuration.expand_file(written);
    if (path)
        return std::move(*path);
    log.error("{} {}: {}", keyword, printable(written), path.error().what);
    return std::nullopt;
}

} // namespace

std::optional<std::string> agent_socket(const Configuration& configuration, Log& log)
{
    auto& wanted = configuration.options().identity_agent;
    if (is_none(wanted))
        return std::nullopt;
    if (wanted.empty() || wanted == usual_variable)
        return non_empty(environment_variable(std::string{usual_variable}));
    return named_socket(configuration, "IdentityAgent", wanted, log);
}

std::optional<std::string> agent_to_forward(const Configuration& configuration, Log& log)
{
    auto& wanted = configuration.options().forward_agent;
    if (!wanted.on)
        return std::nullopt;
    return wanted.socket.empty() ? agent_socket(configuration, log)
                                 : named_socket(configuration, "ForwardAgent", wanted.socket, log);
}

std::optional<AgentLink> connect_to_agent(const Configuration& configuration, Log& log)
{
    if (configuration.options().pubkey_authentication == PubkeyUse::no)
        return std::nullopt;
    auto path = agent_socket(configuration, log);
    if (!path)
        return std::nullopt;
    ignore_broken_pipes();
    auto agent = AgentLink::connect(*path);
    if (!agent) {
        log.debug1("agent: {}", agent.error().what);
        return std::nullopt;
    }
    return std::move(*agent);
}

std::optional<AgentLink> agent_for_login(const Configuration& configuration, const SessionBinding& binding, Log& log)
{
    auto agent = connect_to_agent(configuration, log);
    if (!agent)
        return std::nullopt;
    // Old agents do not know this request; then keys without destinations are all they have.
    if (auto bound = agent->bind(binding.message(false)); !bound)
        log.debug1("agent: not bound to the session: {}", bound.error().what);
    return agent;
}

} // namespace nacre
