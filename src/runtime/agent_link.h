// A connection to an agent, as a client has it: one request, wait, one answer.
//
// It waits as long as the agent does, since the agent may be asking a person.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/agent_client.h"
#include "os/fd.h"

namespace nacre {

class AgentLink {
public:
    static Result<AgentLink> connect(const std::string& path);
    // Another connection to the same agent, which has not been told of any session.
    Result<AgentLink> connect_again() const { return connect(path_); }

    Result<std::vector<agent::Identity>> identities();
    // A signature blob, of the algorithm that was asked for.
    Result<ByteVector> sign(Bytes key, std::string_view algorithm, Bytes data);
    Result<void> add(const PrivateKey& key, std::string_view comment, const agent::Constraints& constraints);
    Result<void> add_certificate(Bytes certificate, const PrivateKey& key, std::string_view comment,
                                 const agent::Constraints& constraints);
    Result<void> bind(const agent::SessionBind& binding);
    Result<std::vector<std::string>> extensions();

    // Requests that succeed or fail: agent::RemoveIdentity, agent::Lock, …
    template <Message M>
    Result<void> perform(const M& request)
    {
        return succeed(agent::framed(request));
    }

private:
    AgentLink(std::string path, Fd socket) : path_(std::move(path)), socket_(std::move(socket)) {}
    Result<ByteVector> exchange(const Buffer& request);
    Result<void> succeed(const Buffer& request);

    std::string path_;
    Fd socket_;
};

} // namespace nacre
