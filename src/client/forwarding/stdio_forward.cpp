#include "client/forwarding/stdio_forward.h"

#include <utility>

#include "base/text.h"
#include "client/forwarding/forwarded_connections.h"
#include "connection/channel_kinds.h"
#include "os/system_error.h"

namespace nacre {

Result<ChannelId> StdioForward::open(const Forward::End& to, int input, int output)
{
    streams_ = TRY(open_streams(input, output, -1));
    channel_ = to.path.empty() ? connection_.open(DirectTcpip{*to.host, to.port, no_address, no_port})
                               : connection_.open(DirectStreamlocal{to.path, no_address, no_port});
    log_.debug1("channel {}: standard input and output to {}", channel_->value,
                to_text(ConnectTarget{.host = to.host.value_or(""), .port = to.port, .path = to.path}));
    return *channel_;
}

bool StdioForward::on(const Opened& event)
{
    if (event.channel != channel_)
        return false;
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(streams_));
    endpoint->on_source_failed = [this](const Error& why) { failed("standard input: " + os_error_text(why.os_error)); };
    endpoint->on_sink_failed = [this](Stream, const Error& why) { failed("output: " + os_error_text(why.os_error)); };
    endpoint->on_sink_broken = [this] {
        farewell_ = loop_.at(loop_.now(), [this] {
            connection_.close(*channel_);
            driver_.advance();                                    // or nobody would send it now
        });
    };
    driver_.attach(*channel_, std::move(endpoint));
    return true;
}

Result<bool> StdioForward::on(const OpenRefused& event)
{
    if (event.channel != channel_)
        return false;
    log_.error("channel {}: open failed: {}: {}", event.channel.value, to_text(event.reason), printable(event.description));
    return not_permitted("stdio forwarding failed");
}

bool StdioForward::on(const Closed& event)
{
    if (event.channel != channel_)
        return false;
    farewell_.reset();
    is_closed_ = true;
    last_ = driver_.detach(*std::exchange(channel_, std::nullopt));   // the number may be used anew at once
    when_delivered(last_.get(), [this] { callbacks_.ended(whole_); });
    return true;
}

void StdioForward::close()
{
    farewell_.reset();
    (void)driver_.detach(*channel_);
    connection_.close(*channel_);                                 // nothing, while it is not open: see MuxMaster
    driver_.advance();
}

void StdioForward::failed(std::string why)
{
    whole_ = false;
    callbacks_.failed(std::move(why));
}

} // namespace nacre
