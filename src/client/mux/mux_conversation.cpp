#include "client/mux/mux_conversation.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/fd_passing.h"
#include "os/waiting.h"

namespace nacre {
namespace {

constexpr std::size_t bytes_at_once = 4096;

} // namespace

Result<MuxConversation> MuxConversation::begin(Fd socket, Duration patience)
{
    MuxConversation conversation{std::move(socket), patience};
    TRY(conversation.send(mux::Hello{}));
    auto body = TRY(conversation.receive_soon());
    auto hello = TRY(mux::read<mux::Hello>(body));
    if (hello.version != mux::protocol_version)
        return peer_misbehaved(fmt::format("the master speaks version {} of the control protocol", hello.version));
    return conversation;
}

Result<void> MuxConversation::send_descriptors(std::span<const int> descriptors)
{
    constexpr std::array<std::uint8_t, 1> companion{0};
    for (int descriptor : descriptors)
        TRY(send_fds(socket_.number(), companion, std::span{&descriptor, 1}));
    return {};
}

Result<std::optional<Bytes>> MuxConversation::received()
{
    auto body = TRY(next_frame(in_.data(), mux::frames));
    if (!body) {
        auto io = TRY(read_some(socket_.number(), in_.space(bytes_at_once)));
        if (io.end)
            return system_failure("the master has hung up");
        in_.filled(io.bytes);
        body = TRY(next_frame(in_.data(), mux::frames));
    }
    if (body)
        in_.consume(frame_header_size + body->size());            // the view stays valid
    return body;
}

Result<Bytes> MuxConversation::receive()
{
    for (;;) {
        auto body = TRY(received());
        if (body)
            return *body;
    }
}

Result<Bytes> MuxConversation::receive_soon()
{
    for (;;) {
        auto answers = TRY(wait_until_readable(socket_.number(), patience_));
        if (!answers)
            return system_failure("the master does not answer; it may be stopped, or wait for its person", ETIMEDOUT);
        auto body = TRY(received());
        if (body)
            return *body;
    }
}

Result<void> MuxConversation::refusal(Bytes body)
{
    auto type = mux::type_of(body);
    if (type == mux::PermissionDenied::type) {
        auto denied = TRY(mux::read<mux::PermissionDenied>(body));
        return not_permitted(printable(denied.reason));
    }
    if (type == mux::Failed::type) {
        auto failed = TRY(mux::read<mux::Failed>(body));
        return not_permitted(printable(failed.reason));
    }
    return {};
}

Result<MuxConversation::Proxied> MuxConversation::become_proxied() &&
{
    TRY(send(mux::StartProxy{next_request()}));
    TRY(answer<mux::ProxyStarted>());
    TRY(set_blocking(socket_.number(), Blocking::no));
    return Proxied{std::move(socket_), to_vector(in_.data())};
}

Result<std::uint32_t> MuxConversation::master_pid()
{
    TRY(send(mux::AliveCheck{next_request()}));
    auto body = TRY(receive_soon());
    TRY(refusal(body));
    auto alive = TRY(mux::read<mux::Alive>(body));
    return alive.pid;
}

} // namespace nacre
