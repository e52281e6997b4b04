#include "runtime/listener.h"

#include <chrono>
#include <utility>

namespace nacre {
namespace {

constexpr unsigned most_at_once = 32;                             // accepted in one round, so that others have their turn
constexpr std::chrono::milliseconds pause{100};                   // when there are no descriptors left

} // namespace

Result<std::unique_ptr<Listener>> Listener::listen(EventLoop& loop, const SocketAddress& where, OnConnection on_connection)
{
    auto address = where;
    if (address.family == IpFamily::any) {
        auto numeric = numeric_address(where.host, where.port);
        if (!numeric)
            return bad_input("not a numeric address: " + where.host);
        address = *std::move(numeric);
    }
    auto socket = TRY(listen_on(address));
    address = TRY(local_address(socket.number()));
    return std::unique_ptr<Listener>{
        new Listener{loop, std::move(socket), std::move(address), std::move(on_connection)}};
}

Listener::Listener(EventLoop& loop, Fd socket, SocketAddress address, OnConnection on_connection)
    : loop_(loop), socket_(std::move(socket)), address_(std::move(address)), on_connection_(std::move(on_connection)),
      watch_(loop.watch(socket_.number(), {.readable = true}, [this](Ready) { accept(); }))
{
}

Listener::~Listener()
{
    if (gone_)
        *gone_ = true;
}

void Listener::accept() noexcept
{
    bool gone = false;
    gone_ = &gone;
    auto on_connection = on_connection_;                          // outlives us, should it destroy us
    for (unsigned count = 0; count < most_at_once && !gone; ++count) {
        auto accepted = accept_connection(socket_.number());
        if (!accepted) {                                          // of descriptors or memory there is none: not now
            watch_->set({});
            again_ = loop_.at(loop_.now() + pause, [this] { watch_->set({.readable = true}); });
            break;
        }
        if (!*accepted)
            break;
        on_connection(std::move(**accepted));
    }
    if (!gone)
        gone_ = nullptr;
}

} // namespace nacre
