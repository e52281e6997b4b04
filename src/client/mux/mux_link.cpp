#include "client/mux/mux_link.h"

#include <algorithm>
#include <iterator>

#include "mux/messages.h"
#include "os/fd_passing.h"

namespace nacre {
namespace {

constexpr std::size_t bytes_at_once = 32 * 1024;

} // namespace

MuxLink::MuxLink(EventLoop& loop, Fd socket, std::function<void()> on_input, std::function<void()> on_gone)
    : loop_(loop), socket_(std::move(socket)), on_input_(std::move(on_input)), on_gone_(std::move(on_gone))
{
    watch_ = loop_.watch(socket_.number(), {.readable = true}, [this](Ready r) { ready(r); });
}

void MuxLink::ready(Ready ready)
{
    if (ready.writable)
        transmit();
    if (ready.readable && !gone_)
        receive();
}

void MuxLink::receive()
{
    auto space = in_.space(bytes_at_once).first(bytes_at_once);
    auto got = receive_fds(socket_.number(), space);
    if (!got || got->io.end) {
        gone();
        return;
    }
    in_.filled(got->io.bytes);
    std::ranges::move(got->fds, std::back_inserter(descriptors_));
    if (descriptors_.size() > most_descriptors || in_.size() > most_unread) {
        gone();
        return;
    }
    if (got->io.bytes > 0)
        on_input_();
}

Result<std::optional<Bytes>> MuxLink::next()
{
    if (gone_ || closing_)
        return std::nullopt;
    auto body = TRY(next_frame(in_.data(), mux::frames));
    if (body)
        in_.consume(frame_header_size + body->size());            // the view stays valid
    return body;
}

std::optional<std::vector<Fd>> MuxLink::take_descriptors(std::size_t count)
{
    if (gone_ || in_.size() < count || descriptors_.size() < count)
        return std::nullopt;
    in_.consume(count);
    std::vector<Fd> taken;
    for (; count > 0; --count) {
        taken.push_back(std::move(descriptors_.front()));
        descriptors_.pop_front();
    }
    return taken;
}

void MuxLink::send(Bytes bytes)
{
    if (gone_)
        return;
    out_.append(bytes);
    transmit();
}

void MuxLink::transmit()
{
    while (!out_.empty()) {
        auto io = write_some(socket_.number(), out_.data());
        if (!io) {
            gone();
            return;
        }
        if (io->would_block)
            break;
        out_.consume(io->bytes);
    }
    if (out_.size() > most_waiting || (closing_ && out_.empty()))
        gone();
    else
        settle();
}

void MuxLink::settle()
{
    if (watch_)
        watch_->set({.readable = !closing_, .writable = !out_.empty()});
}

Result<MuxLink::HandedOver> MuxLink::hand_over()
{
    if (gone_ || closing_ || !out_.empty())
        return system_failure("the client does not read the answers");
    gone_ = true;
    watch_.reset();
    descriptors_.clear();
    auto already_read = to_vector(in_.data());
    in_.consume(in_.size());
    return HandedOver{std::move(socket_), std::move(already_read)};
}

void MuxLink::close_soon()
{
    closing_ = true;
    if (out_.empty())
        gone();
    else
        settle();
}

// Told from the loop, since whoever hears it destroys us.
void MuxLink::gone()
{
    if (std::exchange(gone_, true))
        return;
    watch_.reset();
    socket_.close();
    descriptors_.clear();
    farewell_ = loop_.at(loop_.now(), [this] {
        auto told = std::move(on_gone_);
        told();
    });
}

} // namespace nacre
