#include "server/message_socket.h"

#include <poll.h>

#include <cerrno>
#include <deque>
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

// That the other process went with something of ours unread is reported once, and to whoever speaks first: asked again the kernel
// says that nobody is there (EPIPE), as it does of one that had read everything.
Result<Io> send_one(int socket, Bytes message, std::span<const int> fds)
{
    auto io = send_fds(socket, message, fds, Blocking::no);
    if (!io && io.error().os_error == ECONNRESET)
        io = send_fds(socket, message, fds, Blocking::no);
    return io;
}

// The message itself is in the first descriptor.
struct InMemory {
    [[maybe_unused]] static constexpr std::string_view name = "in-memory";   // nobody decodes it
    static constexpr MessageNumber number{255};
    using fields = Fields<>;
};

// What of `events` is so within MessageSocket::patience; 0: nothing.
short wait_for(int socket, short events)
{
    constexpr int limit = std::chrono::milliseconds{MessageSocket::patience}.count();
    pollfd waiting{socket, events, 0};
    int count;
    do
        count = ::poll(&waiting, 1, limit);
    while (count < 0 && errno == EINTR);
    return count > 0 ? waiting.revents : short{0};
}

} // namespace

// ---- what found no room ------------------------------------------------------------------

class MessageSocket::Outbox {
public:
    Outbox(EventLoop& loop, int socket) : socket_(socket), room_(loop.watch(socket, {}, [this](Ready) { send_kept(); })) {}

    std::size_t bytes() const { return bytes_; }
    bool is_empty() const { return kept_.empty(); }

    Result<void> send(Bytes message, std::span<const int> fds)
    {
        if (trouble_)
            return fail(*trouble_);
        if (kept_.empty()) {
            auto io = TRY(send_one(socket_, message, fds));
            if (!io.would_block)
                return {};
        }
        if (bytes_ + cost(message) > most_kept)
            return peer_misbehaved("too much is asked for without waiting for answers");
        Kept kept{SecretBytes::copy_of(message), {}};
        for (int fd : fds) {
            auto copy = TRY(duplicate(fd));
            kept.fds.push_back(std::move(copy));
        }
        bytes_ += cost(message);
        kept_.push_back(std::move(kept));
        room_->set({.writable = true});
        return {};
    }

    // As much as there is room for.
    void send_kept()
    {
        while (!kept_.empty()) {
            auto& first = kept_.front();
            std::vector<int> numbers;
            for (auto& fd : first.fds)
                numbers.push_back(fd.number());
            auto io = send_one(socket_, first.message.bytes(), numbers);
            if (io && io->would_block)
                break;
            if (!io) {                                            // whoever sends next hears of it
                trouble_ = std::move(io).error();
                kept_.clear();
                bytes_ = 0;
                break;
            }
            bytes_ -= cost(first.message.bytes());
            kept_.pop_front();
        }
        room_->set({.writable = !kept_.empty()});
    }

private:
    struct Kept {
        SecretBytes message;
        std::vector<Fd> fds;
    };

    static std::size_t cost(Bytes message) { return message.size() + sizeof(Kept); }

    int socket_;
    std::deque<Kept> kept_;
    std::size_t bytes_ = 0;
    std::optional<Error> trouble_;
    std::unique_ptr<Watch> room_;
};

MessageSocket::MessageSocket() = default;
MessageSocket::MessageSocket(Fd socket) : socket_(std::move(socket)) {}
MessageSocket::MessageSocket(MessageSocket&&) noexcept = default;
MessageSocket& MessageSocket::operator=(MessageSocket&&) noexcept = default;
MessageSocket::~MessageSocket() { forget(); }

void MessageSocket::send_by(EventLoop& loop) { outbox_ = std::make_unique<Outbox>(loop, socket_.number()); }

std::size_t MessageSocket::kept() const { return outbox_ ? outbox_->bytes() : 0; }

void MessageSocket::send_rest()
{
    while (outbox_ && !outbox_->is_empty()) {
        auto ready = wait_for(socket_.number(), POLLIN | POLLOUT);
        if (ready == 0)
            break;
        if ((ready & ~POLLOUT) != 0)
            if (auto message = receive(); !message || !*message)
                break;
        outbox_->send_kept();
    }
    outbox_.reset();
}

// ---- sending -----------------------------------------------------------------------------

Result<void> MessageSocket::send_payload(Bytes payload, std::span<const int> fds)
{
    if (payload.size() > longest)
        return bad_input("a message between the processes of a connection is too long");
    if (outbox_)
        return outbox_->send(payload, fds);
    for (;;) {
        auto io = TRY(send_one(socket_.number(), payload, fds));
        if (!io.would_block)
            return {};
        if (wait_for(socket_.number(), POLLOUT) == 0)
            return peer_misbehaved("another process of the connection has stopped reading");
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

// ---- receiving ---------------------------------------------------------------------------

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
