#include "runtime/ssh_server.h"

#include <algorithm>
#include <utility>

#include "runtime/served_connection.h"

namespace nacre {
namespace {

Error farewell(std::string why, DisconnectReason reason = DisconnectReason::by_application)
{
    return {ErrorKind::not_permitted, std::move(why), reason, 0};
}

} // namespace

void ServedProgram::end(std::uint32_t status)
{
    status_ = status;
    endpoint_->finish();
}

void ServedProgram::end_by_signal(std::string_view signal, bool core_dumped)
{
    signal_ = signal;
    core_dumped_ = core_dumped;
    endpoint_->finish();
}

SshServer::SshServer(EventLoop& loop, SshServerSettings settings) : loop_(loop), settings_(std::move(settings)) {}

SshServer::~SshServer()
{
    for (auto all = std::move(connections_); !all.empty();)
        all.pop_back();                                           // each says that it is over, to nobody
    soon_.reset();
}

Result<SocketAddress> SshServer::listen(const SocketAddress& where)
{
    if (settings_.answers.host_keys.empty() && !settings_.answers_for)
        return bad_input("a server needs a host key");
    auto listener = TRY(Listener::listen(loop_, where, [this](Accepted accepted) {
        (void)set_no_delay(accepted.socket.number());
        (void)set_keep_alive(accepted.socket.number(), true);
        serve(std::move(accepted.socket), std::move(accepted.peer));
    }));
    listeners_.push_back(std::move(listener));
    return listeners_.back()->address();
}

void SshServer::stop_listening() { listeners_.clear(); }

void SshServer::close()
{
    stop_listening();
    for (auto& connection : connections_)
        connection->hang_up(farewell("the server ends"));
}

bool SshServer::disconnect(ServedClientId client)
{
    auto* found = find(client);
    if (found)
        found->hang_up(farewell("the server hangs up"));
    return found != nullptr;
}

ServedPeer* SshServer::peer(ServedClientId client)
{
    auto* found = find(client);
    return found && !found->client().method.empty() ? &found->peer() : nullptr;
}

ServedConnection* SshServer::find(ServedClientId client) const
{
    auto found = std::ranges::find_if(connections_, [=](auto& connection) { return connection->client().id == client; });
    return found == connections_.end() || (*found)->is_over() ? nullptr : found->get();
}

void SshServer::serve(Fd socket)
{
    auto peer = peer_address(socket.number());
    serve(std::move(socket), peer ? std::optional{*std::move(peer)} : std::nullopt);
}

void SshServer::serve(Fd socket, std::optional<SocketAddress> address) noexcept
{
    ServedClient client{.id = {++last_client_}, .address = std::move(address)};
    log().verbose("{}: connected", name_of(client));
    std::optional<ServerAnswers> answers;
    if (settings_.answers_for && !(answers = settings_.answers_for(client))) {
        log().verbose("{}: refused: there are no answers for it", name_of(client));
        return;                                                   // the descriptor is closed
    }
    if (!make_room()) {
        log().verbose("{}: refused: all places are taken", name_of(client));
        return;
    }
    connections_.push_back(
        std::make_unique<ServedConnection>(*this, std::move(socket), std::move(client), std::move(answers), log()));
    connections_.back()->start();
}

// By flooding, strangers can drive out each other, and whoever takes his time to log in, but lock out nobody.
bool SshServer::make_room()
{
    std::size_t there = 0, strangers = 0;
    ServedConnection* oldest = nullptr;
    for (auto& connection : connections_) {
        if (connection->is_leaving())
            continue;
        ++there;
        if (!connection->client().method.empty())
            continue;
        ++strangers;
        oldest = oldest ? oldest : connection.get();
    }
    if (there < settings_.most_connections && strangers < settings_.most_logging_in)
        return true;
    if (oldest)
        oldest->hang_up(farewell("too many are logging in", DisconnectReason::too_many_connections));
    return oldest != nullptr;
}

void SshServer::forget_soon()
{
    if (!soon_)
        soon_ = loop_.at(loop_.now(), [this] {
            soon_.reset();
            std::erase_if(connections_, [](auto& connection) { return connection->is_over(); });
        });
}

} // namespace nacre
