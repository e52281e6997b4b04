// Declared messages between the processes of one connection, with the descriptors that go along.
//
// A packet socket keeps their boundaries: one message, one packet.  Passwords pass through here,
// so what was received is wiped before the next message and at the end.
//
// Two processes that wait for room in each other's socket would wait for good.  So only the monitor waits: sshd-net and
// sshd-user keep what finds no room, and read on (send_by).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/secret.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "wire/fields.h"

namespace nacre {

struct ReceivedMessage {
    Bytes payload;                                                // valid until the socket's next call; never empty
    std::vector<Fd> fds;

    MessageNumber number() const { return {payload[0]}; }
};

class MessageSocket {
public:
    static constexpr std::size_t longest = 128 * 1024;            // bytes of one message
    static constexpr std::size_t longest_in_memory = 4 * 1024 * 1024;

    static constexpr std::chrono::minutes patience{1};            // waiting for room: then the other has stopped reading
    static constexpr std::size_t most_kept = 2 * 1024 * 1024;     // bytes that wait for room (send_by); more is an error

    MessageSocket();
    explicit MessageSocket(Fd socket);
    MessageSocket(MessageSocket&&) noexcept;
    MessageSocket& operator=(MessageSocket&&) noexcept;
    ~MessageSocket();

    template <Message M>
    Result<void> send(const M& message, std::span<const int> fds = {})
    {
        ByteVector payload = encode(message);
        auto sent = send_payload(payload, fds);
        wipe(payload);
        return sent;
    }
    Result<void> send_payload(Bytes payload, std::span<const int> fds = {});
    // From now on sending waits for nothing: what finds no room is kept, and leaves in order as `loop` finds some, which
    // must outlive this or send_rest().  Descriptors are duplicated.
    void send_by(EventLoop& loop);
    std::size_t kept() const;                                     // bytes that wait for room
    // Sends what is kept, throwing away what comes meanwhile.  Afterwards sending waits for room again.
    void send_rest();

    // The same for what may be longer, up to longest_in_memory: it then travels as sealed memory, which unwrap() reads.
    template <Message M>
    Result<void> send_long(const M& message, std::span<const int> fds = {})
    {
        ByteVector payload = encode(message);
        auto sent = payload.size() <= longest ? send_payload(payload, fds) : send_in_memory(payload, fds);
        wipe(payload);
        return sent;
    }
    Result<void> unwrap(ReceivedMessage& message);

    // Waits for a message.  Nothing: the other process is gone.
    Result<std::optional<ReceivedMessage>> receive();
    void forget();                                                // wipes the last message
    void release();                                               // gives back its memory, too; the next message takes it anew

    int fd() const { return socket_.number(); }
    bool is_open() const { return socket_.is_open(); }
    void close() { socket_.close(); }

private:
    class Outbox;

    Result<void> send_in_memory(Bytes payload, std::span<const int> fds);

    Fd socket_;
    std::unique_ptr<Outbox> outbox_;                              // since send_by()
    SecretBytes unwrapped_;
    std::unique_ptr<std::uint8_t[]> space_;
    std::size_t used_ = 0;
};

} // namespace nacre
