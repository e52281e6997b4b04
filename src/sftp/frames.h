// SFTP's frames (wire/frame.h).  Writing one leaves room for the length and fills it in when the message is there, so
// that a message can be made of parts (a file's bytes, a directory's names) right where it is sent from.
#pragma once

#include <optional>
#include <utility>

#include "base/buffer.h"
#include "base/result.h"
#include "sftp/messages.h"
#include "wire/frame.h"

namespace nacre::sftp {

inline constexpr FrameKind frames{"an SFTP message", 1, most_frame};   // every message is one

// A message under way at the back of `out`: write() its parts, then finish().  Without finish() it is taken back.
class FrameWriter {
public:
    // Begins one.
    explicit FrameWriter(Buffer& out) : out_(out), start_(out.size()) { Writer{out_}.u32(0); }
    ~FrameWriter() { take_back(); }
    FrameWriter(const FrameWriter&) = delete;
    FrameWriter& operator=(const FrameWriter&) = delete;

    Writer write() { return Writer{out_}; }                       // for the next part
    std::size_t size() const { return out_.size() - start_ - frame_header_size; }   // bytes so far, without the length
    // Overwrites a uint32 at this distance from the message's first byte.
    void patch(std::size_t at, std::uint32_t value) { Writer::store_u32(&out_.data()[start_ + frame_header_size + at], value); }
    bool fits() const { return size() <= most_frame; }            // else nobody would take it
    void finish();                                                // of what fits()
    void take_back()                                              // unless it is finished
    {
        if (!std::exchange(finished_, true))
            out_.truncate(start_);
    }

private:
    Buffer& out_;
    std::size_t start_;
    bool finished_ = false;
};

} // namespace nacre::sftp
