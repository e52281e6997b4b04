// Flow control for each direction of one channel (RFC 4254 §5.2).
//
// The reader grants credit, the writer spends it.  Nothing here knows about packets or
// channels: it only counts, so every rule of the RFC is one line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/contract.h"
#include "base/result.h"
#include "base/time.h"

namespace nacre {

// What we still allow the peer to send.
//
// A window that is too small for the way shows itself: the peer stops at the end of an old grant, because the next one,
// given long ago, has not reached it yet.  Neither the way's speed nor its length need be known for that.
class ReceiveWindow {
public:
    explicit ReceiveWindow(std::uint32_t size) : size_(size), credit_(size), grants_{size} {}

    Result<void> receive(std::uint32_t bytes, TimePoint now = {})
    {
        if (bytes > credit_)
            return peer_misbehaved("the peer sent more than the channel's window allows");
        bool stopped_at_old_grant = more_was_granted_ && grants_.front() - received_ < nearly;
        starved_ = starved_ || (stopped_at_old_grant && now - heard_ >= pause);
        heard_ = now;
        credit_ -= bytes;
        received_ += bytes;
        while (grants_.size() > 1 && received_ > grants_.front())
            grants_.erase(grants_.begin());
        more_was_granted_ = grants_.size() > 1;
        return {};
    }

    // Whether the peer had to wait for credit that was under way to it, since last asked.
    bool was_starved() { return std::exchange(starved_, false); }

    // Credit to hand back now, once half of the window has been read: one adjust message per half window, not one per
    // packet.
    std::optional<std::uint32_t> consume(std::uint32_t bytes)
    {
        consumed_ += bytes;
        if (consumed_ == 0 || consumed_ < size_ / 2)
            return std::nullopt;
        credit_ += consumed_;
        grants_.push_back(received_ + credit_);
        return std::exchange(consumed_, 0);
    }

    // A larger window from now on; the difference is granted with the next consume().
    void grow(std::uint32_t size)
    {
        if (size > size_)
            consumed_ += size - std::exchange(size_, size);
    }
    std::uint32_t size() const { return size_; }

private:
    static constexpr std::uint64_t nearly = 32 * 1024;            // bytes: some send whole packets only
    static constexpr Duration pause = std::chrono::milliseconds{1};   // a peer that sends all it can makes shorter ones

    std::uint32_t size_;
    std::uint32_t credit_;
    std::uint32_t consumed_ = 0;
    std::uint64_t received_ = 0;                                  // in all
    std::vector<std::uint64_t> grants_;                           // where the peer must stop: the first is not passed yet; few,
                                                                  // as each is half a window behind the one before
    TimePoint heard_{};
    bool more_was_granted_ = false;                               // by the time of the last data
    bool starved_ = false;
};

// What the peer still allows us to send.
class SendWindow {
public:
    explicit SendWindow(std::uint32_t size) : credit_(size) {}

    // "MUST NOT be increased above 2^32 - 1 bytes"
    Result<void> grant(std::uint32_t bytes)
    {
        if (bytes > UINT32_MAX - credit_)
            return peer_misbehaved("the peer made a channel's window larger than 2^32 - 1");
        credit_ += bytes;
        return {};
    }
    // For tunnels: OpenSSH grants more than it got (PROTOCOL.md), and what is beyond the limit is left there.
    void grant_up_to_limit(std::uint32_t bytes) { credit_ += std::min(bytes, UINT32_MAX - credit_); }
    void spend(std::uint32_t bytes)
    {
        NACRE_EXPECTS(bytes <= credit_);
        credit_ -= bytes;
    }
    std::uint32_t credit() const { return credit_; }

private:
    std::uint32_t credit_;
};

} // namespace nacre
