// Descriptors at the end of a channel: pipes of a program, a pty, a socket, our own 0, 1, 2.
//
// The fast path has no copy: a batch of views is gathered and written by one writev.  What
// the descriptor does not take is queued, bounded by the channel's window, and the credit is
// granted only as the queue drains.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/buffer.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "runtime/channel_endpoint.h"

namespace nacre {

// Which descriptor plays which part; any may be absent.  A pty or socket is given twice (duplicated).
struct EndpointFds {
    Fd sink{};                                                    // the peer's data goes here
    Fd stderr_sink{};                                             // the peer's extended data
    Fd source{};                                                  // our data comes from here
    Fd stderr_source{};                                           // our extended data
    bool source_is_terminal = false;                              // read only when it has something: whoever reads one from
                                                                  // the background is stopped, even where nobody types
    std::vector<NonBlocking> lent{};                              // waits again for others when the endpoint has ended
};

class FdEndpoint final : public ChannelEndpoint {                 // joins descriptors and a channel
public:
    // They are closed with the endpoint.  What would wait is made not to: pipes for good, terminals as long as the endpoint
    // lives; sockets stay as they are.  For what others share see open_streams().
    FdEndpoint(EventLoop& loop, EndpointFds fds);
    // A connected socket, alone at its end: one descriptor for both directions.  The peer's EOF becomes
    // shutdown(2) once all before it is out; the descriptor is closed with the endpoint.
    FdEndpoint(EventLoop& loop, Fd socket);
    ~FdEndpoint() override;

    void attached(EndpointHost& host, ChannelId channel) override;
    void deliver(Stream stream, Bytes data) override;
    void flush() override;
    void peer_finished() override;                                // the sinks are closed once drained
    Given collect(Stream stream, MutableBytes space) override;
    bool delivered_all() const override;

    // Every byte from this source passes through here before it is sent, in place; used by the client for escapes.
    // `space` holds `count` bytes and has room for one more; returns how many are sent (from the front).
    using Filter = std::function<std::size_t(MutableBytes space, std::size_t count)>;
    // When the filter hears what can be read.
    enum class Heard {
        when_sent,
        at_once,                                                  // also while nothing may be sent: some is read ahead
    };
    void filter_source(Filter filter, Heard heard = Heard::when_sent)   // before attaching
    {
        filter_ = std::move(filter);
        heard_ = heard;
    }

    // What can be read is left where it is until somebody's time for it: the clock that hides when keys are pressed.
    class Pace {
    public:
        virtual ~Pace() = default;
        virtual bool may_leave() = 0;                             // there is something: now, or after release()?
        virtual void left(std::size_t bytes) = 0;                 // was read, goes into a packet
    };
    void pace_source(std::unique_ptr<Pace> pace) { pace_ = std::move(pace); }   // before attaching
    void release();                                               // what was left may be read now

    // Was read from the source already (the bytes behind a SOCKS request): sent before anything else.  Before attaching.
    void begin_with(Bytes already_read) { already_read_.append(already_read); }

    // What the peer sends is kept, and no credit is given for it, so that no more than the channel's window can gather: for
    // the time in which a person types a line to us.  Not in the middle of collect(), as far as false is concerned.
    void hold_output(bool hold);

    void stop_reading();                                          // -n, or the end of a program whose output still drains
    bool sources_finished() const;                                // there is nothing more to read
    // The channel is gone, what it delivered is not out yet: nothing is said to the driver from now on.  on_drained tells
    // when the rest is written, or can never be, and so does `on_delivered`, which nobody else can replace.
    void outlive_channel(std::function<void()> on_delivered = {});
    // Called once when all sources have ended, respectively when all that was delivered after peer_finished() is out.
    std::function<void()> on_sources_finished;
    std::function<void()> on_drained;
    // Called once when nobody takes the peer's data any more (a closed pipe), instead of telling the peer.
    std::function<void()> on_sink_broken;
    // Not of sockets.  Reading failed, which the peer sees as the end; writing failed otherwise than because nobody reads.
    std::function<void(const Error&)> on_source_failed;
    std::function<void(Stream, const Error&)> on_sink_failed;
    // Of a socket, called once: nothing will go either way any more, by an end or by an error.
    std::function<void()> on_over;

private:
    struct Sink;
    struct Source;
    static Result<Io> put(const Sink& sink, std::span<const Bytes> pieces);
    static Result<Io> take(const Source& source, MutableBytes space);
    void drain(Sink& sink);
    void sink_broken(Sink& sink, const Error& why);
    void close_sink(Sink& sink);
    void close_source(Source& source);
    void source_ready(Source& source);
    bool hear(Source& source);
    void wait_for_more(Source& source);                           // it has just been emptied
    void look_whether_over();

    EventLoop& loop_;
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    std::array<std::unique_ptr<Sink>, 2> sinks_;                  // by Stream
    std::array<std::unique_ptr<Source>, 2> sources_;
    Filter filter_;
    Heard heard_ = Heard::when_sent;
    std::unique_ptr<Pace> pace_;
    bool released_ = false;                                       // by pace_, until all that there is has been read
    std::vector<NonBlocking> lent_;
    Fd socket_;                                                   // or the descriptors are in sinks and sources
    Buffer already_read_;                                         // filtered, where there is a filter
    std::function<void()> on_delivered_;                          // see outlive_channel()
    bool peer_finished_ = false;
    bool held_ = false;                                           // see hold_output()
    bool over_told_ = false;
};

// The channel of this FdEndpoint is closed: what it delivered goes out without it.  `done`, when that is written or can
// never be: at once, where nothing is left or there was no endpoint (null).  It may be called in the middle of the
// endpoint's work, so it destroys nothing that the endpoint belongs to.
void when_delivered(ChannelEndpoint* closed, std::function<void()> done);

// A second way to what a descriptor is open on, by which nobody waits and nobody who shares it is disturbed.
struct IndependentFd {
    Fd fd;                                                        // a terminal or pipe, opened anew; or a duplicate
    bool is_socket = false;                                       // whose calls may wait: to be used by send_some()
    NonBlocking lent{};                                           // where there was no other way
};
Result<IndependentFd> open_independently(int fd, bool for_writing);   // `fd` as it was given to us
// The streams of a program, each opened so; -1: absent.
Result<EndpointFds> open_streams(int input, int output, int error);

} // namespace nacre
