// The server's side of one SFTP conversation: requests in, one question for each, answers out.
//
// Bytes in, bytes out, no files.  next() answers by itself what needs none (the version, whatever is unknown, malformed
// or not permitted) and yields the rest; whoever asked must give exactly one answer to each question before the next
// next(), whose views the answer may therefore use.
//
//     while (server.has_room())
//         if (auto asked = TRY(server.next())) answer(*asked); else break;
//
// What a client can make us hold: one frame and what came with it, one batch of answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/log.h"
#include "base/result.h"
#include "sftp/frames.h"
#include "sftp/requests.h"

namespace nacre::sftp {

// Who may ask what.  The lists hold patterns for the names of RequestKind.
struct ServerRules {
    bool read_only = false;
    std::string denied{};
    std::optional<std::string> allowed{};                         // none: whatever is not denied
};

// Turns a client's bytes into questions and answers into bytes.
class Server {
public:
    Server(ServerRules rules, Log& log) : rules_(std::move(rules)), log_(log) {}   // says nothing before the client does

    // ---- bytes
    MutableBytes receive_space() { return in_.space(read_size).first(read_size); }   // for what the client sends
    void received(std::size_t count) { in_.filled(count); }       // so many bytes were put there
    Bytes to_send() const { return out_.data(); }                 // for the client
    void sent(std::size_t count) { out_.consume(count); }         // so many bytes of it are on their way
    bool has_room() const { return out_.size() < enough_unsent; }   // false: send first

    // ---- questions
    struct Asked {                                                // a request that somebody must answer
        RequestId id;
        Question question;                                        // valid until receive_space()
    };
    // Nothing: more bytes are needed, or room (even for what is answered by itself).  An error ends the conversation.
    Result<std::optional<Asked>> next();

    // ---- answers
    // An answer longer than most_frame (sftp/messages.h) cannot be sent: it becomes StatusCode::failure.
    // text: instead of the code's; of it, as much as most_status_text.
    void answer_status(RequestId id, StatusCode code, std::string_view text = {});
    template <Message T>
    void answer(const T& message)                                 // with a whole message
    {
        answer_by(message.id, [&](Writer out) { encode(out, message); });
    }
    template <Declared T>
    void answer_extended(RequestId id, const T& details)          // with an extension's own fields
    {
        answer_by(id, [&](Writer out) {
            out.u8(ExtendedReply::number.value).u32(id.value);
            encode(out, details);
        });
    }
    // A file's bytes are read right into their message: fill data_space(), then say how much that was.  It is no longer than
    // most_data (sftp/messages.h), whatever length was asked for.
    MutableBytes data_space(std::uint32_t length);
    void answer_data(RequestId id, std::size_t count);            // so many bytes were put into data_space()
    // Or they come from elsewhere: `count` bytes, most_data at most, must be sent behind everything that is to be sent now.
    void announce_data(RequestId id, std::size_t count);
    // For what is made of parts, most_frame bytes in all: look at its size().
    FrameWriter begin() { return FrameWriter{out_}; }

    static constexpr std::size_t read_size = std::size_t{256} << 10;       // bytes asked of the kernel at once
    static constexpr std::size_t enough_unsent = std::size_t{256} << 10;   // then no more is answered until it is gone
    static constexpr std::size_t most_status_text = 4096;                  // bytes

private:
    template <class Write>
    void answer_by(RequestId id, Write&& write)
    {
        FrameWriter frame{out_};
        write(frame.write());
        if (frame.fits()) {
            frame.finish();
        } else {
            frame.take_back();
            answer_status(id, StatusCode::failure);
        }
    }
    void write_data_head(RequestId id, std::size_t count);

    static constexpr std::size_t data_head = frame_header_size + 1 + 4 + 4;      // in front of a DATA message's bytes

    Result<std::optional<Asked>> take(Bytes message);
    std::optional<Asked> take_request(MessageNumber number, Reader& in);
    Result<void> take_init(Bytes message);
    bool is_permitted(const RequestKind& kind, bool changes) const;

    ServerRules rules_;
    Log& log_;
    Buffer in_;
    Buffer out_;
    bool greeted_ = false;
};

} // namespace nacre::sftp
