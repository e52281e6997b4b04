#include "server/message_socket.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "os/fd_passing.h"
#include "os/sealed_memory.h"

namespace nacre {
namespace {

// A process that is gone is an end, not an accident.
bool is_gone(const Error& error)
{
    return error.os_error == ECONNRESET || error.os_error == EPIPE || error.os_error == ENOTCONN;
}

// The message itself is in the first descriptor.
struct InMemory {
    [[maybe_unused]] static constexpr std::string_view name = "in-memory";   // nobody decodes it
    static constexpr MessageNumber number{255};
    using fields = Fields<>;
};

} // namespace

Result<void> MessageSocket::send_payload(Bytes payload, std::span<const int> fds)
{
    if (payload.size() > longest)
        return bad_input("a message between the processes of a connection is too long");
    for (;;) {
        auto io = TRY(send_fds(socket_.number(), payload, fds));
        if (!io.would_block)
            return {};
        pollfd waiting{socket_.number(), POLLOUT, 0};
        ::poll(&waiting, 1, -1);
    }
}

Result<void> MessageSocket::send_in_memory(Bytes payload, std::span<const int> fds)
{
    if (payload.size() > longest_in_memory)
        return bad_input("a message between the processes of a connection is too long");
    auto memory = TRY(sealed_memory(payload));
    std::vector<int> all{memory.number()};
    all.insert(all.end(), fds.begin(), fds.end());
    return send(InMemory{}, all);
}

Result<void> MessageSocket::unwrap(ReceivedMessage& message)
{
    if (message.number() != InMemory::number)
        return {};
    if (message.fds.empty())
        return bad_input("a long message without its memory");
    unwrapped_ = TRY(read_sealed_memory(message.fds[0].number(), longest_in_memory));
    message.fds.erase(message.fds.begin());
    message.payload = unwrapped_.bytes();
    return {};
}

Result<std::optional<ReceivedMessage>> MessageSocket::receive()
{
    forget();
    if (!space_)
        space_ = std::make_unique_for_overwrite<std::uint8_t[]>(longest);   // the kernel touches only what it fills
    for (bool heard_of_reset = false;;) {
        auto received = receive_fds(socket_.number(), {space_.get(), longest});
        // One that went with something of ours unread is reported as an error, once and before its own last words.
        if (!received && received.error().os_error == ECONNRESET && !std::exchange(heard_of_reset, true))
            continue;
        if (!received && is_gone(received.error()))
            return std::nullopt;
        if (!received)
            return fail(std::move(received).error());
        if (received->io.would_block) {
            pollfd waiting{socket_.number(), POLLIN, 0};
            ::poll(&waiting, 1, -1);
            continue;
        }
        if (received->io.bytes == 0)
            return std::nullopt;
        used_ = received->io.bytes;
        return ReceivedMessage{{space_.get(), used_}, std::move(received->fds)};
    }
}

void MessageSocket::release()
{
    forget();
    space_.reset();
}

void MessageSocket::forget()
{
    if (space_)
        wipe({space_.get(), used_});
    used_ = 0;
    unwrapped_ = {};
}

} // namespace nacre
