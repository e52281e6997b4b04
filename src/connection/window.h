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
// Some peers send whole packets as long as there is any credit.  As with OpenSSH, a tenth of the window may come beyond
// it; that is not handed back as credit, so that what waits here never exceeds eleven tenths of the window.
//
// A window that is too small for the way shows itself: the peer stops at the end of an old grant, because the next one,
// given long ago, has not reached it yet.  Neither the way's speed nor its length need be known for that.
class ReceiveWindow {
public:
    explicit ReceiveWindow(std::uint32_t size) : size_(size), credit_(size), grants_{{size, {}}} {}

    Result<void> receive(std::uint32_t bytes, TimePoint now = {})
    {
        auto beyond = bytes - std::min(bytes, credit_);
        if (beyond > size_ / 10 - overdrawn_)
            return peer_misbehaved("the peer sent more than the channel's window allows");
        bool stopped_at_old_grant = more_was_granted_ && grants_.front().end - received_ < nearly;
        starved_ = starved_ || (stopped_at_old_grant && now - heard_ >= pause);
        heard_ = now;
        overdrawn_ += beyond;
        credit_ -= bytes - beyond;
        received_ += bytes;
        while (grants_.size() > 1 && received_ > grants_.front().end) {
            grants_.erase(grants_.begin());
            auto trip = now - grants_.front().given;
            quickest_trip_ = std::min(quickest_trip_.value_or(trip), trip);
        }
        more_was_granted_ = grants_.size() > 1;
        return {};
    }

    // Whether the peer had to wait for credit that was under way to it, since last asked.
    bool was_starved() { return std::exchange(starved_, false); }

    // The shortest time in which a grant has come back as data that needed it: never less than the way there and back.
    std::optional<Duration> quickest_trip() const { return quickest_trip_; }

    // Credit to hand back now, once half of the window or most_kept has been read: an adjust message for each of these, not
    // for each packet.
    std::optional<std::uint32_t> consume(std::uint32_t bytes, TimePoint now = {})
    {
        auto repaid = std::min(bytes, overdrawn_);
        overdrawn_ -= repaid;
        consumed_ += bytes - repaid;
        auto open = std::min(size_, most_under_way_);
        auto due = consumed_ - std::min(consumed_, size_ - open);
        if (due == 0 || due < std::min(open / 2, most_kept))
            return std::nullopt;
        consumed_ -= due;
        credit_ += due;
        grants_.push_back({received_ + credit_, now});
        return due;
    }

    // From now on credit is handed back only as far as the peer has no more than this under way; the rest of the window
    // is kept for later.
    void hold_to(std::uint32_t most_under_way) { most_under_way_ = most_under_way; }

    // A larger window from now on; the difference is granted with the next consume().
    void grow(std::uint32_t size)
    {
        if (size > size_)
            consumed_ += size - std::exchange(size_, size);
    }
    std::uint32_t size() const { return size_; }

private:
    static constexpr std::uint64_t nearly = 32 * 1024;            // bytes: some send whole packets only
    // Bytes.  Of a large window, half would be too much to keep: where a little less than that is left over at the end of
    // what the peer has sent, it would have to stop for the rest, and only half a window would ever be on its way.
    static constexpr std::uint32_t most_kept = 1024 * 1024;
    static constexpr Duration pause = std::chrono::milliseconds{1};   // a peer that sends all it can makes shorter ones

    struct Grant {
        std::uint64_t end;                                        // where the peer must stop
        TimePoint given;
    };

    std::uint32_t size_;
    std::uint32_t credit_;
    std::uint32_t overdrawn_ = 0;                                 // came beyond the window, and was not read yet
    std::uint32_t consumed_ = 0;                                  // and not handed back yet
    std::uint32_t most_under_way_ = UINT32_MAX;
    std::uint64_t received_ = 0;                                  // in all
    std::vector<Grant> grants_;                                   // the first is not passed yet; few, as each is most_kept or
                                                                  // half a window behind the one before
    std::optional<Duration> quickest_trip_;
    TimePoint heard_{};
    bool more_was_granted_ = false;                               // by the time of the last data
    bool starved_ = false;
};

// How much one channel may have under way where several share the connection: what lies there is in front of a keystroke
// in another channel.  On a short way that is what a fast line carries in the time there and back, and enough for the
// system calls to be few; where it would be no less than the ordinary window, the way is a long one and the window grows
// as if the channel were alone.
inline std::uint32_t most_beside_others(Duration quickest_trip, std::uint32_t ordinary_window)
{
    constexpr std::uint32_t fast_line = 128;                      // bytes per microsecond
    constexpr std::uint32_t enough = 512 * 1024;                  // bytes
    auto time = std::chrono::duration_cast<std::chrono::microseconds>(quickest_trip).count();
    auto carried = static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0)) * fast_line;
    return carried < ordinary_window ? std::max(static_cast<std::uint32_t>(carried), enough) : UINT32_MAX;
}

// The largest window, in bytes, that can help on a way with that shortest time there and back: what a very fast line
// carries in it.  On a busy machine a peer next door waits, too, but for its turn.  More would cost it: OpenSSH's programs
// read ahead as far as the window is open and shift what they have read; 64 MiB made its client spend tenfold.
inline std::uint64_t largest_useful_window(Duration quickest_trip)
{
    constexpr std::uint64_t very_fast_line = 512;                 // bytes per microsecond
    auto time = std::chrono::duration_cast<std::chrono::microseconds>(quickest_trip).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0)) * very_fast_line;
}

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
