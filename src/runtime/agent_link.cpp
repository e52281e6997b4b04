#include "runtime/agent_link.h"

#include "agent/key_body.h"
#include "os/unix_socket.h"
#include "runtime/framed.h"

namespace nacre {

namespace {

// The name inside a signature: a certificate's key signs under its plain name (PROTOCOL.certkeys).
std::string_view label_of(std::string_view algorithm)
{
    auto* row = find_signature_algorithm(algorithm);
    return row ? row->label : algorithm;
}

} // namespace

Result<AgentLink> AgentLink::connect(const std::string& path)
{
    auto socket = TRY(connect_unix(path));
    return AgentLink{path, std::move(socket)};
}

Result<ByteVector> AgentLink::exchange(const Buffer& request)
{
    if (request.size() - frame_header_size > agent::message_limit)
        return bad_input("too much for one agent message");
    TRY(send_all(socket_.number(), request.data()));
    return read_frame(socket_.number(), agent::frames);
}

Result<void> AgentLink::succeed(const Buffer& request)
{
    auto answer = TRY(exchange(request));
    return agent::read_success(answer);
}

Result<std::vector<agent::Identity>> AgentLink::identities()
{
    auto answer = TRY(exchange(agent::framed(agent::RequestIdentities{})));
    return agent::read_identities(answer);
}

Result<ByteVector> AgentLink::sign(Bytes key, std::string_view algorithm, Bytes data)
{
    auto answer = TRY(exchange(agent::framed(agent::SignRequest{key, data, agent::flags_for(algorithm)})));
    auto signature = TRY(agent::read_signature(answer));
    if (Reader{signature}.text() != label_of(algorithm))
        return incompatible("the agent signed with another algorithm than was asked for");
    return signature;
}

Result<void> AgentLink::add(const PrivateKey& key, std::string_view comment, const agent::Constraints& constraints)
{
    return succeed(agent::add_request(key, comment, constraints));
}

Result<void> AgentLink::add_certificate(Bytes certificate, const PrivateKey& key, std::string_view comment,
                                        const agent::Constraints& constraints)
{
    auto request = TRY(agent::add_certificate_request(certificate, key, comment, constraints));
    return succeed(request);
}

Result<void> AgentLink::bind(const agent::SessionBind& binding) { return succeed(agent::bind_request(binding)); }

Result<std::vector<std::string>> AgentLink::extensions()
{
    auto answer = TRY(exchange(agent::framed(agent::Extension{agent::query_extension, {}})));
    return agent::read_extensions(answer);
}

} // namespace nacre
