#include "client/mux/mux_stdio_forward.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "client/forwarding/forwarded_connections.h"
#include "connection/channel_kinds.h"
#include "os/system_error.h"

namespace nacre {

Result<void> MuxStdioForward::open()
{
    streams_ = TRY(open_streams(given_[0].number(), given_[1].number(), -1));
    given_.clear();
    channel_ = to_.path.empty() ? connection_.open(DirectTcpip{*to_.host, to_.port, no_address, no_port})
                                : connection_.open(DirectStreamlocal{to_.path, no_address, no_port});
    has_channel_ = true;
    return {};
}

std::string MuxStdioForward::describe() const
{
    auto place = to_.path.empty() ? fmt::format("{}:{}", printable(*to_.host), to_.port) : printable(to_.path);
    return fmt::format("standard input and output, to {}", place);
}

void MuxStdioForward::on_opened()
{
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(streams_));
    endpoint->on_source_failed = [this](const Error& why) { stream_failed("standard input", why); };
    endpoint->on_sink_failed = [this](Stream, const Error& why) { stream_failed("output", why); };
    endpoint->on_sink_broken = [this] {
        farewell_ = loop_.at(loop_.now(), [this] {
            connection_.close(channel_);
            driver_.advance();                                    // or nobody would send it now
        });
    };
    driver_.attach(channel_, std::move(endpoint));
    callbacks_.opened(channel_.value);
}

void MuxStdioForward::on_refused(std::string_view why)
{
    has_channel_ = false;
    auto tell = std::move(callbacks_.refused);                    // which destroys us
    tell(std::string{why});
}

void MuxStdioForward::on_request(const Requested& event)
{
    if (event.want_reply == WantReply::yes)
        connection_.answer(channel_, false);
}

void MuxStdioForward::close()
{
    if (!has_channel_)
        return;
    farewell_.reset();
    (void)driver_.detach(channel_);
    connection_.close(channel_);                                  // nothing, while it is not open: see MuxMaster
    driver_.advance();
}

void MuxStdioForward::abandon(std::string_view why, StatusHeard)
{
    if (is_over_ || delivers())
        return;
    failure_ = why;
    if (!driver_.is_over())                                       // else the endpoint may be the one that found out
        close();
    over();
}

void MuxStdioForward::on_closed()
{
    has_channel_ = false;
    farewell_.reset();
    last_ = driver_.detach(channel_);
    when_delivered(last_.get(), [this] { over(); });
}

void MuxStdioForward::stream_failed(std::string_view which, const Error& why)
{
    failure_ = fmt::format("{}: {}", which, os_error_text(why.os_error));
}

void MuxStdioForward::over()
{
    if (std::exchange(is_over_, true))
        return;
    if (!failure_.empty())
        callbacks_.failed(failure_);
    callbacks_.over();
}

} // namespace nacre
