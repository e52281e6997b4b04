#include "runtime/connection_driver.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/contract.h"
#include "connection/channel_requests.h"
#include "os/socket.h"

namespace nacre {
namespace {

// Data is read from endpoints until this much waits to be sent, then it goes out with one call.  More, or roomier pipes to
// read it from, means fewer wakings, but what was copied has left the cache by the time that it is copied again.
constexpr std::size_t batch_size = 128 * 1024;

// What the kernel may hold without having sent it while several channels share the connection.  More would only lie
// there, in front of a keystroke.  For one channel alone the kernel decides: waking up so often costs half as much again.
constexpr std::size_t most_unsent = 128 * 1024;

// A channel that has given less than this lately is somebody typing: it goes first, and has room of its own in the batch.
constexpr std::uint64_t little = 64 * 1024;
constexpr std::chrono::milliseconds half_life{50};                // of what counts as lately

// What is still taken from a peer that has been sent away, and thrown away.
constexpr std::size_t most_heard_in_vain = std::size_t{4} << 20;

// What is read of a peer where writing fails: more than a kernel has of it, if it does not go on and on.
constexpr std::size_t most_last_words = std::size_t{16} << 20;

constexpr std::string_view closed = "Connection closed";          // the beginning of what is said of that

} // namespace

struct ConnectionDriver::Attached {
    std::unique_ptr<ChannelEndpoint> endpoint;
    AtEnd at_end;
    bool touched = false;                                         // has data of this batch
    bool has_something = true;                                    // may have something to give
    bool finished[2] = {false, false};                            // by Stream
    std::size_t next_stream = 0;                                  // whose turn it is
    TimePoint last_active{};
    Traffic traffic;

    // Bytes that it has given, of which half are forgotten in every half-life.
    std::uint64_t given_lately(TimePoint now)
    {
        auto periods = static_cast<std::uint64_t>((now - counted_at_) / half_life);
        if (periods > 0) {
            lately_ = periods < 64 ? lately_ >> periods : 0;
            counted_at_ = now;
        }
        return lately_;
    }
    void count(std::size_t bytes)
    {
        lately_ += bytes;
        traffic.out += bytes;
    }

private:
    std::uint64_t lately_ = 0;
    TimePoint counted_at_{};
};

bool is_closed_by_peer(const Error& why)
{
    return why.kind == ErrorKind::system && why.reason == DisconnectReason::connection_lost && why.os_error == 0 &&
           why.what.starts_with(closed);
}

bool has_hung_up(const Error& why)
{
    return is_closed_by_peer(why) || why.os_error == EPIPE || why.os_error == ECONNRESET;
}

ConnectionDriver::ConnectionDriver(EventLoop& loop, Link link, Transport& transport, Connection& connection, Owner& owner,
                                   Log& log)
    : loop_(loop), link_(std::move(link)), out_is_socket_(is_socket(out())),
      transport_(transport), connection_(connection), owner_(owner), log_(log)
{
}

ConnectionDriver::~ConnectionDriver()
{
    NACRE_EXPECTS(!in_turn_ && !telling_);
}

void ConnectionDriver::start(Bytes already_read)
{
    last_heard_ = loop_.now();
    while (!already_read.empty()) {
        auto space = transport_.receive_space();
        auto piece = already_read.first(std::min(space.size(), already_read.size()));
        std::ranges::copy(piece, space.begin());
        transport_.received(piece.size());
        already_read = already_read.subspan(piece.size());
    }
    in_watch_ = loop_.watch(link_.in.number(), {.readable = true}, [this](Ready ready) { link_ready(ready); });
    if (link_.out.is_open())
        out_watch_ = loop_.watch(link_.out.number(), {}, [this](Ready ready) { link_ready(ready); });
    advance();
}

void ConnectionDriver::link_ready(Ready ready)
{
    if (over_)
        return;
    transport_.time_passed(loop_.now());
    if (ready.readable)
        receive();
    if (!over_)
        advance();
}

void ConnectionDriver::receive()
{
    auto outcome = read_some(link_.in.number(), transport_.receive_space());
    if (!outcome) {
        over(outcome.error());
        return;
    }
    if (outcome->would_block)
        return;
    if (outcome->end) {
        over(Error{ErrorKind::system, std::string{closed} + " by remote host", DisconnectReason::connection_lost, 0});
        return;
    }
    last_heard_ = loop_.now();
    transport_.received(outcome->bytes);
}

// How the link has ended, if it has, is found out by the next regular read.
void ConnectionDriver::take_what_came()
{
    auto outcome = read_some(link_.in.number(), transport_.receive_space());
    if (outcome && !outcome->would_block && !outcome->end)
        transport_.received(outcome->bytes);
}

// One turn: everything that came is understood, everything that endpoints have is packed, everything ready is sent.
void ConnectionDriver::advance()
{
    if (over_ || in_turn_)
        return;
    in_turn_ = true;
    auto drained = owner_.drain();
    if (!over_) {
        flush_endpoints();
        give_all();
    }
    in_turn_ = false;
    if (over_)
        return;
    if (!drained) {
        end(drained.error());
        return;
    }
    transmit();
    if (!over_)
        settle();
}

void ConnectionDriver::flush_endpoints()
{
    for (std::size_t i = 0; i < touched_.size(); ++i) {           // may grow while it runs
        if (auto* attached = find({touched_[i]})) {
            attached->touched = false;
            attached->endpoint->flush();
        }
    }
    touched_.clear();
}

void ConnectionDriver::share_link()
{
    bool shared = endpoints_.size() > 1;
    if (std::exchange(is_shared_, shared) != shared)              // 0: as the kernel likes; a pipe has no such thing
        (void)set_unsent_low_water(out(), shared ? most_unsent : 0);
}

// Whoever has given least goes first, so that a keystroke overtakes what bulk there is.
void ConnectionDriver::give_all()
{
    left_over_ = false;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
    for (auto& [number, attached] : endpoints_)
        if (attached->has_something)
            order.emplace_back(attached->given_lately(loop_.now()), number);
    std::ranges::sort(order);
    for (auto& [lately, number] : order)                          // one may be detached by what another triggers
        if (auto* attached = find({number}))
            give({number}, *attached);
}

// The streams take turns, packet by packet: what a program says on stderr is not to wait until its data pauses.
void ConnectionDriver::give(ChannelId channel, Attached& attached)
{
    if (!connection_.is_open(channel))
        return;
    constexpr std::array streams{Stream::data, Stream::stderr_data};
    bool asks[2] = {!attached.finished[0], !attached.finished[1]};
    bool more = false;
    std::size_t batch = attached.given_lately(loop_.now()) < little ? batch_size + little : batch_size;
    while (asks[0] || asks[1]) {
        if (transport_.waiting() >= batch) {
            more = left_over_ = true;
            break;
        }
        auto turn = asks[attached.next_stream] ? attached.next_stream : 1 - attached.next_stream;
        attached.next_stream = 1 - turn;
        auto space = connection_.data_space(channel, streams[turn], SIZE_MAX);
        if (space.empty()) {
            more = true;                                          // no room: asked again after RoomToSend
            break;
        }
        auto given = attached.endpoint->collect(streams[turn], space);
        if (given.bytes > 0) {
            connection_.data_written(channel, streams[turn], given.bytes);
            attached.last_active = loop_.now();
            attached.count(given.bytes);
        }
        attached.finished[turn] = given.finished;
        asks[turn] = given.more && !given.finished;
    }
    attached.has_something = more;
    if (attached.finished[0] && attached.finished[1] && attached.at_end == AtEnd::driver_finishes)
        connection_.finish(channel);
}

void ConnectionDriver::transmit()
{
    if (auto failed = send_waiting())
        hear_last_words(*failed);
}

std::optional<Error> ConnectionDriver::send_waiting()
{
    for (;;) {
        auto bytes = transport_.to_transmit();
        if (bytes.empty())
            break;
        auto outcome = out_is_socket_ ? send_some(out(), {&bytes, 1}) : write_some(out(), bytes);
        if (!outcome)
            return outcome.error();
        if (outcome->would_block)
            break;
        transport_.transmitted(outcome->bytes);
        if (transport_.waiting() > 0)
            continue;
        if (is_shared_)
            break;                                                // the next turn hears the others, too
        bool in_turn = std::exchange(in_turn_, true);             // an end in the middle of one
        give_all();                                               // there is room again
        in_turn_ = in_turn;
    }
    return std::nullopt;
}

// The reset that our write has met may have overtaken what the peer said before: why it hangs up, for example, behind all
// that was on its way.
void ConnectionDriver::hear_last_words(const Error& why)
{
    for (std::size_t heard = 0; !over_ && heard < most_last_words && !input_held_ && transport_.wants_bytes();) {
        auto outcome = read_some(link_.in.number(), transport_.receive_space());
        if (!outcome || outcome->bytes == 0)                      // the end, or nothing of it is here
            break;
        heard += outcome->bytes;
        transport_.received(outcome->bytes);
        bool in_turn = std::exchange(in_turn_, true);
        auto drained = owner_.drain();
        if (!over_)
            flush_endpoints();
        in_turn_ = in_turn;
        if (!over_ && !drained)
            over(drained.error());
    }
    if (!over_)
        over(why);
}

void ConnectionDriver::settle()
{
    bool wants_write = transport_.waiting() > 0 || left_over_;
    // A peer that does not read is not read either.  Nor is anybody beyond a question whose answer takes its time: what is
    // not understood yet would gather without bound.
    bool wants_read = transport_.waiting() < 2 * Connection::high_water && !input_held_ && transport_.wants_bytes();
    if (out_watch_) {
        in_watch_->set({.readable = wants_read});
        out_watch_->set({.writable = wants_write});
    } else {
        in_watch_->set({.readable = wants_read, .writable = wants_write});
    }
    auto deadline = transport_.deadline();
    if (deadline == timer_at_)
        return;
    timer_at_ = deadline;
    timer_.reset();
    if (deadline)
        timer_ = loop_.at(*deadline, [this] {
            timer_at_.reset();
            transport_.time_passed(loop_.now());
            advance();
        });
}

void ConnectionDriver::end(const Error& why)
{
    if (over_)
        return;
    transport_.disconnect(why);
    had_last_word_ = true;
    transmit();                                                   // best effort: what the socket takes now
    if (!over_)
        over(why);
}

void ConnectionDriver::over(const Error& why)
{
    over_ = true;
    in_watch_.reset();
    out_watch_.reset();
    timer_.reset();
    last_words_.reset();
    telling_ = true;
    owner_.ended(why);
    telling_ = false;
}

bool ConnectionDriver::see_off(std::function<void()> gone)
{
    if (!had_last_word_ || link_.out.is_open() || transport_.waiting() > 0 || !shut_down(link_.in.number(), ShutDown::sending))
        return false;                                             // a pipe keeps what is in it
    on_gone_ = std::move(gone);
    timer_ = loop_.at(loop_.now() + time_to_leave, [this] { on_gone_(); });
    in_watch_ = loop_.watch(link_.in.number(), {.readable = true}, [this](Ready) { see_off_further(); });
    return true;
}

void ConnectionDriver::see_off_further()
{
    std::array<std::uint8_t, 16 * 1024> scrap;
    auto outcome = read_some(link_.in.number(), scrap);
    if (outcome && outcome->would_block)
        return;
    if (outcome)
        heard_in_vain_ += outcome->bytes;
    if (!outcome || outcome->end || heard_in_vain_ > most_heard_in_vain)
        on_gone_();
}

void ConnectionDriver::hold_input(bool yes)
{
    input_held_ = yes;
    if (!in_turn_ && !over_)
        settle();
}

// ---- endpoints ---------------------------------------------------------------------------

void ConnectionDriver::attach(ChannelId channel, std::unique_ptr<ChannelEndpoint> endpoint, AtEnd at_end)
{
    auto attached = std::make_unique<Attached>();
    attached->endpoint = std::move(endpoint);
    attached->at_end = at_end;
    attached->last_active = loop_.now();
    auto* pointer = attached->endpoint.get();
    endpoints_[channel.value] = std::move(attached);
    share_link();
    pointer->attached(*this, channel);
    if (on_attached)
        on_attached(channel);
}

ConnectionDriver::Attached* ConnectionDriver::find(ChannelId channel) const
{
    auto found = endpoints_.find(channel.value);
    return found == endpoints_.end() ? nullptr : found->second.get();
}

ChannelEndpoint* ConnectionDriver::endpoint(ChannelId channel)
{
    auto* attached = find(channel);
    return attached ? attached->endpoint.get() : nullptr;
}

void ConnectionDriver::set_traffic_class(int dscp_shifted)
{
    auto set = nacre::set_traffic_class(link_.in.number(), dscp_shifted);
    if (!set)
        log_.debug1("IPQoS: {}", set.error().what);
}

std::optional<TimePoint> ConnectionDriver::last_active(ChannelId channel) const
{
    auto* attached = find(channel);
    return attached ? std::optional{attached->last_active} : std::nullopt;
}

ConnectionDriver::Traffic ConnectionDriver::traffic(ChannelId channel) const
{
    auto* attached = find(channel);
    return attached ? attached->traffic : Traffic{};
}

std::unique_ptr<ChannelEndpoint> ConnectionDriver::detach(ChannelId channel)
{
    auto found = endpoints_.find(channel.value);
    if (found == endpoints_.end())
        return nullptr;
    auto endpoint = std::move(found->second->endpoint);
    endpoints_.erase(found);
    share_link();
    return endpoint;
}

bool ConnectionDriver::handle(const DataArrived& event)
{
    auto* attached = find(event.channel);
    if (!attached)
        return false;
    attached->last_active = loop_.now();
    attached->traffic.in += event.data.size();
    attached->endpoint->deliver(event.stream, event.data);
    if (transport_.views_are_brief())
        attached->endpoint->flush();
    if (!std::exchange(attached->touched, true))
        touched_.push_back(event.channel.value);
    return true;
}

bool ConnectionDriver::handle(const RoomToSend& event)
{
    auto* attached = find(event.channel);
    if (attached)
        attached->has_something = true;
    return attached != nullptr;
}

bool ConnectionDriver::handle(const PeerFinished& event)
{
    auto* attached = find(event.channel);
    if (!attached)
        return false;
    attached->endpoint->flush();
    attached->endpoint->peer_finished();
    return true;
}

void ConnectionDriver::ready_to_give(ChannelId channel)
{
    auto* attached = find(channel);
    if (!attached || over_)
        return;
    attached->has_something = true;
    left_over_ = left_over_ || in_turn_;                          // its place in this turn may be past
    if (!in_turn_) {
        transport_.time_passed(loop_.now());
        advance();
    }
}

void ConnectionDriver::consumed(ChannelId channel, std::size_t count)
{
    bool between_turns = !in_turn_ && !over_;                     // credit from a queue that drains
    if (between_turns)
        transport_.time_passed(loop_.now());
    connection_.data_consumed(channel, count);
    if (!between_turns)
        return;
    // The endpoint that calls must live on, which those who hear of an end may not allow.
    if (auto failed = send_waiting())
        last_words_ = loop_.at(loop_.now(), [this, why = *failed] { hear_last_words(why); });
    else
        settle();
}

void ConnectionDriver::no_more_wanted(ChannelId channel)
{
    connection_.request(channel, EndOfWrite{}, WantReply::no);
}

} // namespace nacre
