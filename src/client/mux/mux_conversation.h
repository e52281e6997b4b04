// The client's half of a conversation with a master: a blocking socket, one request at a time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/time.h"
#include "mux/messages.h"
#include "os/fd.h"

namespace nacre {

class MuxConversation {
public:
    // Greets.  An error: what is there does not answer in time (ETIMEDOUT), or speaks another version.
    static Result<MuxConversation> begin(Fd socket, Duration patience);

    template <mux::MuxMessage M>
    Result<void> send(const M& message)
    {
        return write_all(socket_.number(), mux::frame(message));
    }
    Result<void> send_descriptors(std::span<const int> descriptors);   // each with a byte of its own

    // The next message; valid until the next call.  The end of the conversation is an error.
    Result<Bytes> receive();
    // The same without waiting for more than one reading; nothing: some of it is still missing.
    Result<std::optional<Bytes>> received();

    // The answer to a request, of that type; what the master says against it is the error's sentence.
    template <mux::MuxMessage M>
    Result<M> answer()
    {
        auto body = TRY(receive());
        TRY(refusal(body));
        return mux::read<M>(body);
    }
    static Result<void> refusal(Bytes body);                      // an error if that is what the body says

    Result<std::uint32_t> master_pid();                           // asks, with the patience of the beginning
    std::uint32_t next_request() { return ++request_; }
    int descriptor() const { return socket_.number(); }

    // Proxy mode: from now on the socket carries the connection layer.  Bytes of that may have come already.
    struct Proxied {
        Fd socket;
        ByteVector already_read;
    };
    Result<Proxied> become_proxied() &&;

private:
    MuxConversation(Fd socket, Duration patience) : socket_(std::move(socket)), patience_(patience) {}
    Result<Bytes> receive_soon();                                 // what no person is asked about

    Fd socket_;
    Duration patience_;
    Buffer in_;
    std::uint32_t request_ = 0;
};

} // namespace nacre
