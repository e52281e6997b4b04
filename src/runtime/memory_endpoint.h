// The end of a channel in memory: what comes is handed to a function, what is written waits until it may be sent.
//
// Memory is bounded: while much waits to be sent, the peer gets no credit for what it sends, so that a function which
// answers everything (an echo) holds most_unsent and one window at most.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "base/buffer.h"
#include "os/event_loop.h"
#include "runtime/channel_endpoint.h"

namespace nacre {

class MemoryEndpoint final : public ChannelEndpoint {
public:
    explicit MemoryEndpoint(EventLoop& loop) : loop_(loop) {}     // the driver's loop

    // What the peer sends.  Until it is set, data waits, bounded by the channel's window; then say start().  Each of these
    // functions may be replaced while it runs.
    std::function<void(Stream stream, Bytes data)> on_data;
    // Called once: the peer sends no more data.
    std::function<void()> on_end;
    // Called from the loop when no more than most_unsent is unsent any longer.
    std::function<void()> on_room;
    // Called once, from the loop: finish() was said and all data is on its way.
    std::function<void()> on_sent;

    void start();                                                 // hands over what has come already
    // While held, on_data and on_end are not called: what comes waits, and the peer gets no credit for it, nor for what
    // on_data was given when it said so.  Let go, from the loop.  Where the channel is closed meanwhile, what waits is lost.
    void hold_input(bool yes);
    // Copies.  Nothing is sent before the caller has returned to the loop, so no event can come in between.
    void write(Stream stream, Bytes data);
    void finish();                                                // no more will be written
    std::size_t unsent() const { return out_[0].size() + out_[1].size(); }   // bytes
    void silence();                                               // nothing is called any more, nor sent
    void channel_closed();                                        // the same, but for what start() is still to hand over
    static constexpr std::size_t most_unsent = 256 * 1024;        // bytes; more may be written, but is better left for on_room

    void attached(EndpointHost& host, ChannelId channel) override;
    void deliver(Stream stream, Bytes data) override;
    void flush() override {}
    void peer_finished() override;
    Given collect(Stream stream, MutableBytes space) override;
    bool delivered_all() const override { return silent_ || is_closed_ || (waiting_[0].empty() && waiting_[1].empty()); }

private:
    bool takes_input() const { return started_ && !input_held_; }
    void hand_over(Stream stream, Bytes data);
    void hand_over_waiting();
    void give_credit();
    void tell_end();
    void review() noexcept;                                       // calls functions of others, which must not throw
    void review_soon();

    EventLoop& loop_;
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    std::array<Buffer, 2> waiting_;                               // by Stream: came before start(), or while input is held
    std::array<Buffer, 2> out_;
    std::size_t owed_ = 0;                                        // credit that is held back, in bytes
    std::unique_ptr<Timer> soon_;                                 // what must not happen in the middle of collect()
    bool started_ = false, input_held_ = false;
    bool peer_finished_ = false, end_told_ = false;
    bool finished_ = false, sent_told_ = false;
    bool was_full_ = false;
    bool in_delivery_ = false;                                    // the driver collects afterwards anyway
    bool silent_ = false, is_closed_ = false;
};

} // namespace nacre
