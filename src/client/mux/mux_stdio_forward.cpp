#include "client/mux/mux_stdio_forward.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace nacre {

MuxStdioForward::MuxStdioForward(MuxWorld& world, Forward::End to, std::vector<Fd> streams, Callbacks callbacks)
    : world_(world), to_(std::move(to)), given_(std::move(streams)), callbacks_(std::move(callbacks)),
      forward_(world.loop, world.driver, world.connection, world.log,
               {.failed = [this](std::string why) { failure_ = std::move(why); }, .ended = [this](bool) { over(); }})
{
}

Result<void> MuxStdioForward::open()
{
    channel_ = TRY(forward_.open(to_, given_[0].number(), given_[1].number()));
    given_.clear();
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
    forward_.on(Opened{channel_, {}});
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
        world_.connection.answer(channel_, false);
}

void MuxStdioForward::close()
{
    if (has_channel_)
        forward_.close();
}

void MuxStdioForward::abandon(std::string_view why, StatusHeard)
{
    if (is_over_ || delivers())
        return;
    failure_ = why;
    if (!world_.driver.is_over())                                 // else the endpoint may be the one that found out
        close();
    over();
}

void MuxStdioForward::on_closed()
{
    has_channel_ = false;
    forward_.on(Closed{channel_});
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
