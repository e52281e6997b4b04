#include "runtime/ssh_server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/served_connection.h"

namespace nacre {
namespace {

constexpr unsigned most_at_once = 32;                             // accepted in one round, so that others have their turn
constexpr std::chrono::milliseconds pause{100};                   // when there are no descriptors left

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
    auto address = where;
    if (address.family == IpFamily::any) {
        auto numeric = numeric_address(where.host, where.port);
        if (!numeric)
            return bad_input("not a numeric address: " + where.host);
        address = *std::move(numeric);
    }
    auto listener = std::make_unique<Listener>();
    listener->socket = TRY(listen_on(address));
    int number = listener->socket.number();
    listener->watch = loop_.watch(number, {.readable = true}, [this, number](Ready) { accept_from(number); });
    listeners_.push_back(std::move(listener));
    return local_address(number);
}

void SshServer::stop_listening()
{
    listeners_.clear();
    again_.reset();
}

void SshServer::close()
{
    stop_listening();
    for (auto& connection : connections_)
        connection->hang_up(farewell("the server ends"));
}

bool SshServer::disconnect(ServedClientId client)
{
    auto found = std::ranges::find_if(connections_, [=](auto& connection) { return connection->client().id == client; });
    if (found == connections_.end() || (*found)->is_over())
        return false;
    (*found)->hang_up(farewell("the server hangs up"));
    return true;
}

bool SshServer::is_listening(int listener) const
{
    return std::ranges::any_of(listeners_, [=](auto& each) { return each->socket.number() == listener; });
}

void SshServer::accept_from(int listener) noexcept
{
    for (unsigned count = 0; count < most_at_once && is_listening(listener); ++count) {
        auto accepted = accept_connection(listener);
        if (!accepted) {                                          // of descriptors or memory there is none: not now
            for (auto& each : listeners_)
                each->watch->set({});
            again_ = loop_.at(loop_.now() + pause, [this] {
                for (auto& each : listeners_)
                    each->watch->set({.readable = true});
            });
            return;
        }
        if (!*accepted)
            return;
        (void)set_no_delay((*accepted)->socket.number());
        (void)set_keep_alive((*accepted)->socket.number(), true);
        serve(std::move((*accepted)->socket), std::move((*accepted)->peer));
    }
}

void SshServer::serve(Fd socket)
{
    auto peer = peer_address(socket.number());
    serve(std::move(socket), peer ? std::optional{*std::move(peer)} : std::nullopt);
}

void SshServer::serve(Fd socket, std::optional<SocketAddress> address)
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
