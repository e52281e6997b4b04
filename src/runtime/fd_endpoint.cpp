#include "runtime/fd_endpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/contract.h"
#include "os/socket.h"
#include "os/terminal.h"
#include "os/waiting.h"

namespace nacre {
namespace {

constexpr std::size_t index(Stream stream) { return stream == Stream::data ? 0 : 1; }

// More views than one writev takes are queued.
constexpr std::size_t most_pieces = 64;

// Linux gives a pipe 64 KiB, which bulk data fills and empties sixteen times per megabyte.
constexpr int roomy_pipe = 512 * 1024;

// Bytes read ahead for a filter that hears at once.
constexpr std::size_t most_ahead = 512;

// True: it is a socket, each call of which says for itself that it does not wait.  A file never does.  What keeps its mode
// beyond us (a terminal) is put back as it was.
bool keep_from_waiting(const Fd& fd, std::vector<NonBlocking>& lent)
{
    if (!fd || is_socket(fd.number()))
        return fd.is_open();
    struct stat facts {};
    if (!is_blocking(fd.number()).value_or(false) || fstat(fd.number(), &facts) != 0 || S_ISREG(facts.st_mode))
        return false;
    if (!S_ISCHR(facts.st_mode))
        (void)set_blocking(fd.number(), Blocking::no);
    else if (auto made = NonBlocking::make(fd.number()))
        lent.push_back(*std::move(made));
    return false;
}

// The host of an endpoint whose channel is gone.
class NobodyThere final : public EndpointHost {
    void ready_to_give(ChannelId) override {}
    void consumed(ChannelId, std::size_t) override {}
    void no_more_wanted(ChannelId) override {}
};

} // namespace

struct FdEndpoint::Sink {
    Fd fd;                                                        // not of a socket, which both directions share
    int number = -1;                                              // -1: closed
    std::unique_ptr<Watch> watch;                                 // while bytes are queued
    std::vector<Bytes> batch;                                     // views of the batch under way
    Buffer queue;                                                 // what the descriptor did not take
    bool broken = false;                                          // nobody reads there: swallow
    bool is_socket = false;

    bool is_open() const { return number >= 0; }
};

struct FdEndpoint::Source {
    Fd fd;
    int number = -1;
    std::unique_ptr<Watch> watch;
    bool announced = false;                                       // that it has something, until it had nothing more
    std::optional<Result<Io>> ended;                              // found by hear()
    bool finished = false;
    bool is_terminal = false;
    bool is_socket = false;

    bool may_be_read() const { return !is_terminal || wait_until_readable(number, Duration{0}).value_or(true); }
};

FdEndpoint::FdEndpoint(EventLoop& loop, EndpointFds fds) : loop_(loop)
{
    lent_ = std::move(fds.lent);
    auto sink = [this](Fd fd) {
        auto made = std::make_unique<Sink>();
        made->number = fd.number();
        made->is_socket = keep_from_waiting(fd, lent_);
        made->fd = std::move(fd);
        return made;
    };
    auto source = [this](Fd fd) {
        auto made = std::make_unique<Source>();
        made->finished = !fd.is_open();
        made->number = fd.number();
        made->is_socket = keep_from_waiting(fd, lent_);
        made->fd = std::move(fd);
        return made;
    };
    sinks_ = {sink(std::move(fds.sink)), sink(std::move(fds.stderr_sink))};
    sources_ = {source(std::move(fds.source)), source(std::move(fds.stderr_source))};
    sources_[0]->is_terminal = fds.source_is_terminal;
}

FdEndpoint::FdEndpoint(EventLoop& loop, Fd socket) : FdEndpoint(loop, EndpointFds{})
{
    socket_ = std::move(socket);
    sinks_[0]->number = socket_.number();
    sources_[0]->number = socket_.number();
    sources_[0]->finished = false;
    sinks_[0]->is_socket = sources_[0]->is_socket = true;
}

FdEndpoint::~FdEndpoint() = default;

void FdEndpoint::attached(EndpointHost& host, ChannelId channel)
{
    host_ = &host;
    channel_ = channel;
    for (auto& source : sources_) {
        if (source->finished)
            continue;
        auto ready = [this, pointer = source.get()](Ready) { source_ready(*pointer); };
        source->watch = loop_.watch(source->number, {.readable = true}, ready);
    }
}

// ---- from the peer -----------------------------------------------------------------------

void FdEndpoint::deliver(Stream stream, Bytes data)
{
    auto& sink = *sinks_[index(stream)];
    if (!sink.is_open() || sink.broken || data.empty()) {
        host_->consumed(channel_, data.size());
        return;
    }
    if (!sink.queue.empty())
        sink.queue.append(data);
    else
        sink.batch.push_back(data);
}

void FdEndpoint::flush()
{
    for (auto& sink : sinks_) {
        std::size_t next = 0;                                     // first view that is not written completely
        while (next < sink->batch.size() && !sink->broken && !held_) {
            auto pieces = std::span<const Bytes>{sink->batch}.subspan(next);
            auto outcome = put(*sink, pieces.first(std::min(pieces.size(), most_pieces)));
            if (!outcome) {
                sink_broken(*sink, outcome.error());
                break;
            }
            if (outcome->would_block)
                break;
            host_->consumed(channel_, outcome->bytes);
            for (std::size_t left = outcome->bytes; left > 0;) {
                auto used = std::min(left, sink->batch[next].size());
                sink->batch[next] = sink->batch[next].subspan(used);
                left -= used;
                if (sink->batch[next].empty())
                    ++next;
            }
        }
        for (; next < sink->batch.size(); ++next) {
            if (sink->broken)
                host_->consumed(channel_, sink->batch[next].size());
            else
                sink->queue.append(sink->batch[next]);
        }
        sink->batch.clear();
        drain(*sink);
    }
}

Result<Io> FdEndpoint::put(const Sink& sink, std::span<const Bytes> pieces)
{
    return sink.is_socket ? send_some(sink.number, pieces) : write_some(sink.number, pieces);
}

void FdEndpoint::drain(Sink& sink)
{
    if (held_)
        return;
    while (!sink.queue.empty() && !sink.broken) {
        Bytes queued = sink.queue.data();
        auto outcome = put(sink, {&queued, 1});
        if (!outcome) {
            sink_broken(sink, outcome.error());
            break;
        }
        if (outcome->would_block) {
            if (!sink.watch)
                sink.watch = loop_.watch(sink.number, {.writable = true}, [this, &sink](Ready) { drain(sink); });
            return;
        }
        sink.queue.consume(outcome->bytes);
        host_->consumed(channel_, outcome->bytes);
    }
    sink.watch.reset();
    if (sink.queue.empty() && sink.queue.capacity() > 0)
        sink.queue.release();
    if (peer_finished_ && sink.is_open() && sink.batch.empty()) {
        close_sink(sink);
        if (delivered_all() && on_drained)
            on_drained();
        if (delivered_all() && on_delivered_)
            on_delivered_();
    }
    look_whether_over();
}

void FdEndpoint::close_sink(Sink& sink)
{
    if (socket_ && !sink.broken)
        (void)shut_down(sink.number, ShutDown::sending);
    sink.fd.close();
    sink.number = -1;
}

void FdEndpoint::close_source(Source& source)
{
    source.watch.reset();
    source.fd.close();
    source.number = -1;
    source.finished = true;
}

void FdEndpoint::look_whether_over()
{
    bool sink_over = !sinks_[0]->is_open() || sinks_[0]->broken;
    if (socket_ && sink_over && sources_[0]->finished && on_over && !std::exchange(over_told_, true))
        on_over();
}

void FdEndpoint::sink_broken(Sink& sink, const Error& why)
{
    if (!socket_ && on_sink_failed && why.os_error != EPIPE)
        on_sink_failed(&sink == sinks_[0].get() ? Stream::data : Stream::stderr_data, why);
    sink.broken = true;
    sink.watch.reset();
    sink.fd.close();                                              // whoever still reads there is not left waiting
    if (!sink.queue.empty()) {
        host_->consumed(channel_, sink.queue.size());
        sink.queue.consume(sink.queue.size());
    }
    if (&sink != sinks_[0].get() || socket_)
        return;
    if (on_sink_broken)
        on_sink_broken();
    else
        host_->no_more_wanted(channel_);
}

void FdEndpoint::peer_finished()
{
    peer_finished_ = true;
    for (auto& sink : sinks_)
        if (sink->batch.empty())
            drain(*sink);
}

void FdEndpoint::outlive_channel(std::function<void()> on_delivered)
{
    on_delivered_ = std::move(on_delivered);
    static NobodyThere nobody;
    host_ = &nobody;
    on_over = nullptr;
    on_sink_broken = nullptr;
    held_ = false;
    stop_reading();
    flush();
    peer_finished();
}

void FdEndpoint::hold_output(bool hold)
{
    held_ = hold;
    for (auto& sink : sinks_) {
        if (hold)
            sink->watch.reset();
        else if (sink->batch.empty())                             // or flush() comes
            drain(*sink);
    }
}

bool FdEndpoint::delivered_all() const
{
    return std::ranges::all_of(sinks_, [](auto& sink) { return sink->queue.empty() && sink->batch.empty(); });
}

Result<Io> FdEndpoint::take(const Source& source, MutableBytes space)
{
    return source.is_socket ? receive_some(source.number, space) : read_some(source.number, space);
}

// ---- to the peer -------------------------------------------------------------------------

// As a rule it is emptied at once.  Only where it was not does the loop have to be kept from coming back.
void FdEndpoint::source_ready(Source& source)
{
    bool paced = pace_ && &source == sources_[0].get();
    if (source.announced) {
        if (!hear(source))
            source.watch->set({});
    } else if (paced && !pace_->may_leave()) {
        source.watch->set({});                                    // until release()
    } else if (paced) {
        release();
    } else {
        source.announced = true;
        host_->ready_to_give(channel_);
    }
}

// Somebody may be typing an escape just because nothing moves any more.  False: there is no use in coming back.
bool FdEndpoint::hear(Source& source)
{
    if (heard_ != Heard::at_once || &source != sources_[0].get() || source.ended || already_read_.size() >= most_ahead)
        return false;
    std::array<std::uint8_t, most_ahead> space;
    auto outcome = take(source, MutableBytes{space}.first(space.size() - 1));
    if (!outcome || outcome->end) {
        source.ended = std::move(outcome);                        // a terminal may say so but once
        return false;
    }
    if (!outcome->would_block)
        already_read_.append(Bytes{space}.first(filter_(space, outcome->bytes)));
    return true;
}

Given FdEndpoint::collect(Stream stream, MutableBytes space)
{
    auto& source = *sources_[index(stream)];
    if (source.finished)
        return {.finished = true};
    bool paced = pace_ && stream == Stream::data;
    if (paced && !released_)
        return {};
    if (stream == Stream::data && !already_read_.empty()) {
        auto piece = already_read_.data().first(std::min(space.size(), already_read_.size()));
        std::ranges::copy(piece, space.begin());
        already_read_.consume(piece.size());
        if (paced)
            pace_->left(piece.size());
        return {.bytes = piece.size(), .more = true};
    }
    bool filters = filter_ && stream == Stream::data;
    if (filters && space.size() < 2)
        return {};                                                // asked again when the window opens
    Result<Io> outcome = Io{.would_block = true};
    if (source.ended)
        outcome = *source.ended;
    else if (source.may_be_read())
        outcome = take(source, filters ? space.first(space.size() - 1) : space);
    if (outcome && outcome->would_block) {
        released_ = false;
        wait_for_more(source);
        return {};
    }
    if (!outcome || outcome->end) {
        close_source(source);
        if (!outcome && socket_)
            sink_broken(*sinks_[0], outcome.error());             // a reset holds for both directions
        else if (!outcome && on_source_failed)
            on_source_failed(outcome.error());
        if (sources_finished() && on_sources_finished)
            on_sources_finished();
        look_whether_over();
        return {.finished = true};
    }
    std::size_t kept = outcome->bytes;
    if (filters)
        kept = filter_(space, kept);
    if (paced)
        pace_->left(kept);
    bool emptied = socket_ && outcome->bytes < space.size();
    if (emptied)
        wait_for_more(source);
    return {.bytes = kept, .more = !emptied};
}

void FdEndpoint::wait_for_more(Source& source)
{
    source.announced = false;
    source.watch->set({.readable = true});
}

void FdEndpoint::release()
{
    released_ = true;
    auto& source = *sources_[0];
    if (source.finished)
        return;
    source.announced = true;
    source.watch->set({.readable = true});                        // what finds no room is heard all the same
    host_->ready_to_give(channel_);
}

bool FdEndpoint::sources_finished() const
{
    return std::ranges::all_of(sources_, [](auto& source) { return source->finished; });
}

void FdEndpoint::stop_reading()
{
    for (auto& source : sources_)
        close_source(*source);
    look_whether_over();
}

// ------------------------------------------------------------------------------------------

void when_delivered(ChannelEndpoint* closed, std::function<void()> done)
{
    auto* endpoint = static_cast<FdEndpoint*>(closed);
    if (endpoint)
        endpoint->outlive_channel();
    if (!endpoint || endpoint->delivered_all())
        done();
    else
        endpoint->on_drained = std::move(done);
}

Result<IndependentFd> open_independently(int fd, bool for_writing)
{
    struct stat about {};
    fcntl(fd, F_SETPIPE_SZ, roomy_pipe);                          // a wish: refused for what is no pipe, or beyond a limit
    bool reopens = fstat(fd, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode));
    if (reopens) {
        auto path = fmt::format("/proc/self/fd/{}", fd);
        int flags = (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
        if (Fd opened{::open(path.c_str(), flags)})
            return IndependentFd{.fd = std::move(opened)};
    }
    IndependentFd copy;
    copy.fd = TRY(duplicate(fd));
    copy.is_socket = S_ISSOCK(about.st_mode);
    if (!S_ISREG(about.st_mode) && !copy.is_socket)
        copy.lent = TRY(NonBlocking::make(copy.fd.number()));
    return copy;
}

Result<EndpointFds> open_streams(int input, int output, int error)
{
    EndpointFds streams;
    auto open = [&streams](int fd, bool for_writing, Fd& to) -> Result<void> {
        if (fd < 0)
            return {};
        auto opened = TRY(open_independently(fd, for_writing));
        to = std::move(opened.fd);
        streams.lent.push_back(std::move(opened.lent));
        return {};
    };
    TRY(open(input, false, streams.source));
    TRY(open(output, true, streams.sink));
    TRY(open(error, true, streams.stderr_sink));
    streams.source_is_terminal = input >= 0 && is_terminal(input);
    return streams;
}

} // namespace nacre
