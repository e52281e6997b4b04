#include "client/forwarding/forwarded_connections.h"

#include <fmt/format.h>

#include "base/text.h"
#include "connection/channel_kinds.h"
#include "messages/connection.h"

namespace nacre {
namespace {

SocksRefusal socks_refusal(OpenFailure reason)
{
    switch (reason) {
    case OpenFailure::administratively_prohibited:
        return SocksRefusal::not_allowed;
    case OpenFailure::connect_failed:
        return SocksRefusal::refused;
    default:
        return SocksRefusal::failed;
    }
}

} // namespace

std::string_view to_text(OpenFailure reason)
{
    switch (reason) {
    case OpenFailure::administratively_prohibited:
        return "administratively prohibited";
    case OpenFailure::connect_failed:
        return "connect failed";
    case OpenFailure::unknown_channel_type:
        return "unknown channel type";
    case OpenFailure::resource_shortage:
        return "resource shortage";
    }
    return "unknown reason";
}

void ForwardedConnections::open(Fd socket, const SocketAddress& from, const Forward::End& to,
                                std::optional<SocksNegotiation> socks, Bytes already_read)
{
    if (connection_.channel_count() >= Connection::most_channels) {
        log_.error("too many channels: a connection to a forwarded port is dropped");
        return;
    }
    auto target = ConnectTarget{.host = to.host.value_or(""), .port = to.port, .path = to.path};
    std::string_view origin = from.host.empty() ? no_address : std::string_view{from.host};
    std::uint32_t origin_port = from.host.empty() ? no_port : from.port;
    auto channel = to.path.empty() ? connection_.open(DirectTcpip{target.host, target.port, origin, origin_port})
                                   : connection_.open(DirectStreamlocal{to.path, origin, origin_port});
    auto what = fmt::format("{} to {} for {}", to.path.empty() ? DirectTcpip::name : DirectStreamlocal::name,
                            to_text(target), from.host.empty() ? "a local socket" : to_text(from));
    log_.debug1("channel {}: {}", channel.value, what);
    opening_.emplace(channel.value, Opening{std::move(socket), std::move(what), std::move(socks), to_vector(already_read)});
    driver_.advance();
}

bool ForwardedConnections::on(const Opened& event)
{
    auto found = opening_.find(event.channel.value);
    if (found == opening_.end())
        return false;
    auto opening = std::move(found->second);
    opening_.erase(found);
    if (opening.socks)
        (void)write_some(opening.socket.number(), opening.socks->granted());
    listed_.emplace(event.channel.value, std::move(opening.what));
    sockets_.join(event.channel, std::move(opening.socket), opening.already_read);
    return true;
}

bool ForwardedConnections::on(const OpenRefused& event)
{
    auto found = opening_.find(event.channel.value);
    if (found == opening_.end())
        return false;
    auto& opening = found->second;
    log_.info("channel {}: open failed: {}: {} ({})", event.channel.value, to_text(event.reason),
              printable(event.description), opening.what);
    if (opening.socks)
        (void)write_some(opening.socket.number(), opening.socks->refused(socks_refusal(event.reason)));
    opening_.erase(found);
    return true;
}

void ForwardedConnections::connect(ChannelId channel, ConnectTarget to, std::string what, Join join)
{
    if (connecting_.size() >= most_connecting) {
        refuse(channel, "too many connections are being made");
        return;
    }
    connect_accepted(channel, std::move(to), [this, channel, what = std::move(what), join = std::move(join)](Result<Fd> made) {
        if (!made) {
            log_.info("{}: {}", what, made.error().what);
            refuse(channel, made.error().what);
        } else {
            connection_.accept(channel);
            accepted(channel, what);
            if (join)
                join(channel, std::move(*made));
            else
                sockets_.join(channel, std::move(*made));
        }
        driver_.advance();
    });
}

void ForwardedConnections::connect_accepted(ChannelId channel, ConnectTarget to, Connector::Outcome outcome)
{
    auto done = [this, channel, outcome = std::move(outcome)](Result<Fd> made) {
        auto connector = connecting_.extract(channel.value);      // lives until we return
        outcome(std::move(made));
    };
    undecided_.erase(channel.value);
    connecting_[channel.value] = std::make_unique<Connector>(loop_, std::move(to), family_, std::move(done));
}

void ForwardedConnections::accepted(ChannelId channel, std::string what) { listed_[channel.value] = std::move(what); }

void ForwardedConnections::accepted_undecided(ChannelId channel, std::string what)
{
    accepted(channel, std::move(what));
    undecided_.insert(channel.value);
}

void ForwardedConnections::refuse(ChannelId channel, std::string_view why)
{
    connection_.refuse(channel, OpenFailure::connect_failed, why);
}

bool ForwardedConnections::on(const Closed& event)
{
    connecting_.erase(event.channel.value);
    undecided_.erase(event.channel.value);
    bool ours = listed_.erase(event.channel.value) > 0;
    if (ours && !sockets_.on(event))
        driver_.detach(event.channel);                            // another kind of endpoint
    return ours;
}

std::vector<std::string> ForwardedConnections::describe() const
{
    std::vector<std::string> lines;
    for (auto& [number, opening] : opening_)
        lines.push_back(fmt::format("#{} {} (being opened)", number, opening.what));
    for (auto& [number, connector] : connecting_)
        lines.push_back(fmt::format("#{} connecting to {}", number, to_text(connector->target())));
    for (auto& [number, what] : listed_)
        lines.push_back(fmt::format("#{} {}", number, what));
    return lines;
}

} // namespace nacre
