// Takes typed values off a run of bytes (RFC 4251 §5).
//
// Failure is sticky: once something is missing or malformed every further value is empty or
// zero and finish() reports it, so a whole message is read first and judged once.  This is
// the only place, with Writer, that does arithmetic on lengths from outside.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

class Reader {
public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}                // which must stay

    // So many bytes as they are.
    Bytes take(std::size_t count)
    {
        if (count > rest_.size()) [[unlikely]] {
            failed_ = true;
            rest_ = {};
            return {};
        }
        auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    // One byte.
    std::uint8_t u8()
    {
        auto b = take(1);
        return b.empty() ? std::uint8_t{0} : b[0];
    }
    // Two, most significant first.
    std::uint16_t u16()
    {
        auto b = take(2);
        return b.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(b[0] << 8 | b[1]);
    }
    // Four.
    std::uint32_t u32()
    {
        auto b = take(4);
        if (b.empty())
            return 0;
        return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
    }
    // Eight.
    std::uint64_t u64()
    {
        std::uint64_t high = u32();
        return high << 32 | u32();
    }
    bool boolean() { return u8() != 0; }                          // "All non-zero values MUST be interpreted as TRUE"
    Bytes string() { return take(u32()); }                        // with its length in front
    std::string_view text() { return as_text(string()); }         // the same, as text
    Bytes mpint();                                                // magnitude, no leading zeros; negative fails
    Bytes rest() { return take(rest_.size()); }                   // all that is left

    std::size_t left() const { return rest_.size(); }             // bytes
    bool ok() const { return !failed_; }                          // nothing was missing or malformed
    void reject() { failed_ = true; rest_ = {}; }                 // a value makes no sense

    // An error if anything was missing, malformed, or is left over.
    Result<void> finish(std::string_view what) const;

private:
    Bytes rest_;
    bool failed_ = false;
};

} // namespace nacre
