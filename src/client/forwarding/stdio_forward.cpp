#include "client/forwarding/stdio_forward.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "client/forwarding/forwarded_connections.h"
#include "connection/channel_kinds.h"
#include "os/system_error.h"

namespace nacre {

Result<void> StdioForward::open(const Forward::End& to)
{
    streams_ = TRY(open_streams(0, 1, -1));
    channel_ = to.path.empty() ? connection_.open(DirectTcpip{*to.host, to.port, no_address, no_port})
                               : connection_.open(DirectStreamlocal{to.path, no_address, no_port});
    log_.debug1("channel {}: standard input and output to {}", channel_->value,
                to_text(ConnectTarget{.host = to.host.value_or(""), .port = to.port, .path = to.path}));
    return {};
}

bool StdioForward::on(const Opened& event)
{
    if (event.channel != channel_)
        return false;
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(streams_));
    endpoint->on_source_failed = [this](const Error& why) { stream_failed("standard input", why); };
    endpoint->on_sink_failed = [this](Stream, const Error& why) { stream_failed("output", why); };
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
    when_delivered(last_.get(), [this] { ended_(whole_); });
    return true;
}

void StdioForward::stream_failed(std::string_view which, const Error& why)
{
    log_.error("{}: {}", which, os_error_text(why.os_error));
    whole_ = false;
}

} // namespace nacre
