#include "runtime/forwarded_sockets.h"

#include <utility>

namespace nacre {

bool ForwardedSockets::open(std::string_view kind, Bytes details, Fd socket)
{
    bool has_room = !driver_.is_over() && connection_.channel_count() < Connection::most_channels;
    if (!has_room || !set_blocking(socket.number(), Blocking::no))
        return false;
    auto channel = connection_.open(kind, details, {});
    opening_.insert_or_assign(channel.value, std::move(socket));
    driver_.advance();
    return true;
}

void ForwardedSockets::connect(ChannelId channel, ConnectTarget to)
{
    if (driver_.is_over())
        return;
    if (connecting_.size() >= most_connecting) {
        connection_.refuse(channel, OpenFailure::resource_shortage, "too many connections are being made");
        driver_.advance();
        return;
    }
    auto connected = [this, channel](Result<Fd> socket) {
        auto connector = connecting_.extract(channel.value);      // lives until we return
        if (socket) {
            accept(channel, *std::move(socket));
            return;
        }
        connection_.refuse(channel, OpenFailure::connect_failed, socket.error().what);
        driver_.advance();
    };
    connecting_[channel.value] = std::make_unique<Connector>(loop_, std::move(to), IpFamily::any, std::move(connected));
}

void ForwardedSockets::end()
{
    opening_.clear();
    connecting_.clear();
    joined_.end();
}

void ForwardedSockets::accept(ChannelId channel, Fd socket)
{
    if (driver_.is_over())
        return;
    connection_.accept(channel);
    join(channel, std::move(socket));
    driver_.advance();
}

void ForwardedSockets::join(ChannelId channel, Fd socket)
{
    if (driver_.is_over())
        return;
    if (set_blocking(socket.number(), Blocking::no))
        joined_.join(channel, std::move(socket));
    else
        connection_.close(channel);
}

bool ForwardedSockets::handle(const Opened& event)
{
    auto opening = opening_.extract(event.channel.value);
    if (!opening)
        return false;
    join(event.channel, std::move(opening.mapped()));
    return true;
}

bool ForwardedSockets::handle(const OpenRefused& event) { return opening_.erase(event.channel.value) > 0; }

bool ForwardedSockets::handle(const PeerFinished& event)
{
    if (!joined_.has(event.channel))
        return false;
    driver_.handle(event);
    joined_.on(event);
    return true;
}

bool ForwardedSockets::handle(const Closed& event) { return joined_.on(event); }

} // namespace nacre
