#include "connection/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/contract.h"
#include "connection/channel_kinds.h"

namespace nacre {
namespace {

constexpr std::size_t data_head = 9;                              // number, recipient, length
constexpr std::size_t extended_data_head = 13;                    // and the data's type
constexpr std::size_t head_size(Stream stream) { return stream == Stream::data ? data_head : extended_data_head; }

} // namespace

template <class M>
Connection::Step Connection::decode_and_handle(Bytes payload)
{
    auto message = TRY(decode<M>(payload));
    return on(message);
}

Result<std::optional<ConnectionEvent>> Connection::receive(const IncomingMessage& message)
{
    switch (message.number.value) {
    case GlobalRequest::number.value: return decode_and_handle<GlobalRequest>(message.payload);
    case RequestSuccess::number.value: return decode_and_handle<RequestSuccess>(message.payload);
    case RequestFailure::number.value: return decode_and_handle<RequestFailure>(message.payload);
    case ChannelOpen::number.value: return decode_and_handle<ChannelOpen>(message.payload);
    case ChannelOpenConfirmation::number.value: return decode_and_handle<ChannelOpenConfirmation>(message.payload);
    case ChannelOpenFailure::number.value: return decode_and_handle<ChannelOpenFailure>(message.payload);
    case ChannelWindowAdjust::number.value: return decode_and_handle<ChannelWindowAdjust>(message.payload);
    case ChannelData::number.value: return decode_and_handle<ChannelData>(message.payload);
    case ChannelExtendedData::number.value: return decode_and_handle<ChannelExtendedData>(message.payload);
    case ChannelEof::number.value: return decode_and_handle<ChannelEof>(message.payload);
    case ChannelClose::number.value: return decode_and_handle<ChannelClose>(message.payload);
    case ChannelRequest::number.value: return decode_and_handle<ChannelRequest>(message.payload);
    case ChannelSuccess::number.value: return decode_and_handle<ChannelSuccess>(message.payload);
    case ChannelFailure::number.value: return decode_and_handle<ChannelFailure>(message.payload);
    default: transport_.unimplemented(message); return std::nullopt;
    }
}

// ---- channels: opening -------------------------------------------------------------------

ChannelId Connection::add(std::unique_ptr<Channel> channel)
{
    ++count_;
    auto free = std::ranges::find_if(channels_, [](auto& taken) { return !taken; });
    if (free != channels_.end()) {
        *free = std::move(channel);
        return {static_cast<std::uint32_t>(free - channels_.begin())};
    }
    channels_.push_back(std::move(channel));
    return {static_cast<std::uint32_t>(channels_.size() - 1)};
}

void Connection::remove(ChannelId channel)
{
    auto& gone = channels_[channel.value];
    growth_ -= gone->receive_window.size() - gone->limits.window;
    gone.reset();
    --count_;
}

Channel* Connection::find(ChannelId channel) const
{
    return channel.value < channels_.size() ? channels_[channel.value].get() : nullptr;
}

std::string_view Connection::kind(ChannelId channel) const
{
    auto* found = find(channel);
    return found ? std::string_view{found->kind} : std::string_view{};
}

std::size_t Connection::count_of(std::string_view kind) const
{
    auto is_one = [&](auto& channel) { return channel && channel->kind == kind; };
    return static_cast<std::size_t>(std::ranges::count_if(channels_, is_one));
}

std::optional<bool> Connection::is_interactive() const
{
    std::optional<bool> has_terminal;
    for (auto& channel : channels_) {
        if (!channel || channel->state != Channel::State::open || channel->use == Channel::Use::undecided)
            continue;
        if (channel->use == Channel::Use::bulk)
            return false;
        has_terminal = true;
    }
    return has_terminal;
}

bool Connection::is_open(ChannelId channel) const
{
    auto* found = find(channel);
    return found && found->state == Channel::State::open;
}

std::optional<PeerChannelId> Connection::peer_number(ChannelId channel) const
{
    return is_open(channel) ? std::optional{PeerChannelId{find(channel)->peer_number}} : std::nullopt;
}

Channel* Connection::live(std::uint32_t number) const
{
    auto* channel = find({number});
    bool is_live = channel && (channel->state == Channel::State::open || channel->state == Channel::State::closing);
    return is_live ? channel : nullptr;
}

Result<Channel*> Connection::must_be_live(std::uint32_t number, std::string_view what) const
{
    if (auto* channel = live(number))
        return channel;
    return peer_misbehaved(fmt::format("{} for channel {}, which is not open", what, number));
}

// Whoever has several threads may speak of a channel that has just gone or was refused, and some answer what did not
// ask.  As with OpenSSH, nothing comes of it.
Connection::Step Connection::pass_over(std::string_view what, std::uint32_t channel) const
{
    transport_.log().debug1("passing over {} for channel {}: nothing there waits for it", what, channel);
    return std::nullopt;
}

ChannelId Connection::open(std::string_view kind, Bytes details, ChannelLimits limits)
{
    auto id = add(std::make_unique<Channel>(Channel::State::wanted, std::string{kind}, limits));
    transport_.send(ChannelOpen{kind, id.value, limits.window, limits.largest_packet, Rest{details}});
    return id;
}

void Connection::presume_peer_number(ChannelId id, PeerChannelId number)
{
    auto* channel = find(id);
    NACRE_EXPECTS(channel && channel->state == Channel::State::wanted);
    channel->peer_number = number.value;
    channel->number_is_presumed = true;
}

void Connection::forget_all()
{
    channels_.clear();
    closed_.clear();
    count_ = 0;
    growth_ = 0;
    globals_unanswered_ = globals_to_answer_ = 0;
}

Connection::Step Connection::on(const ChannelOpen& message)
{
    if (count_ >= most_channels) {
        transport_.send(ChannelOpenFailure{message.sender_channel, OpenFailure::resource_shortage, "too many channels", {}});
        return std::nullopt;
    }
    auto channel = std::make_unique<Channel>(Channel::State::asked_for, std::string{message.type}, ChannelLimits{});
    channel->peer_is(message.sender_channel, message.initial_window_size, message.maximum_packet_size);
    auto id = add(std::move(channel));
    return ConnectionEvent{OpenRequested{id, message.type, message.details.bytes}};
}

void Connection::accept(ChannelId id, ChannelLimits limits)
{
    auto* channel = find(id);
    NACRE_EXPECTS(channel && channel->state == Channel::State::asked_for);
    channel->state = Channel::State::open;
    channel->limits = limits;
    channel->receive_window = ReceiveWindow{limits.window};
    transport_.send(ChannelOpenConfirmation{channel->peer_number, id.value, limits.window, limits.largest_packet, {}});
}

void Connection::refuse(ChannelId id, OpenFailure reason, std::string_view description)
{
    auto* channel = find(id);
    NACRE_EXPECTS(channel && channel->state == Channel::State::asked_for);
    transport_.send(ChannelOpenFailure{channel->peer_number, reason, description, {}});
    remove(id);
}

Connection::Step Connection::on(const ChannelOpenConfirmation& message)
{
    auto* channel = find({message.recipient_channel});
    if (!channel || channel->state != Channel::State::wanted)
        return peer_misbehaved("confirmation of a channel that was not asked for");
    if (channel->number_is_presumed && channel->peer_number != message.sender_channel)
        return peer_misbehaved(fmt::format("the server numbers its channel {}, and requests have gone to {}",
                                           message.sender_channel, channel->peer_number));
    channel->peer_is(message.sender_channel, message.initial_window_size, message.maximum_packet_size);
    channel->state = Channel::State::open;
    return ConnectionEvent{Opened{{message.recipient_channel}, message.details.bytes}};
}

Connection::Step Connection::on(const ChannelOpenFailure& message)
{
    auto* channel = find({message.recipient_channel});
    if (!channel || channel->state != Channel::State::wanted)
        return peer_misbehaved("refusal of a channel that was not asked for");
    remove({message.recipient_channel});
    return ConnectionEvent{OpenRefused{{message.recipient_channel}, message.reason, message.description}};
}

// ---- channels: data ----------------------------------------------------------------------

MutableBytes Connection::data_space(ChannelId id, Stream stream, std::size_t at_most)
{
    auto* channel = find(id);
    if (!channel || transport_.waiting() > high_water)
        return {};
    auto most = channel->may_send(static_cast<std::uint32_t>(std::min<std::size_t>(at_most, UINT32_MAX)));
    most = std::min(most, most_data_in_a_packet);
    if (most == 0)
        return {};
    auto payload = transport_.begin_packet(head_size(stream) + most);
    begun_ = payload.data();
    return payload.empty() ? payload : payload.subspan(head_size(stream));
}

void Connection::data_written(ChannelId id, Stream stream, std::size_t count)
{
    auto* channel = find(id);
    NACRE_EXPECTS(channel && count > 0 && channel->may_send(UINT32_MAX) >= count);
    auto head = transport_.begin_packet(head_size(stream) + count).data();
    NACRE_EXPECTS(head == begun_);                                // a message in between would have overwritten the data
    *head++ = (stream == Stream::data ? ChannelData::number : ChannelExtendedData::number).value;
    auto put = [&](std::uint32_t value) {
        Writer::store_u32(head, value);
        head += 4;
    };
    put(channel->peer_number);
    if (stream != Stream::data)
        put(static_cast<std::uint32_t>(stream));
    put(static_cast<std::uint32_t>(count));
    transport_.end_packet(head_size(stream) + count);
    channel->send_window.spend(static_cast<std::uint32_t>(count));
}

std::size_t Connection::write(ChannelId id, Stream stream, Bytes data)
{
    std::size_t done = 0;
    while (done < data.size()) {
        auto space = data_space(id, stream, data.size() - done);
        if (space.empty())
            break;
        auto piece = data.subspan(done, std::min(space.size(), data.size() - done));
        std::memcpy(space.data(), piece.data(), piece.size());
        data_written(id, stream, piece.size());
        done += piece.size();
    }
    return done;
}

Connection::Step Connection::on(const ChannelWindowAdjust& message)
{
    auto* channel = live(message.recipient_channel);
    if (!channel)
        return pass_over(ChannelWindowAdjust::name, message.recipient_channel);
    if (channel->kind == TunnelChannel::name)
        channel->send_window.grant_up_to_limit(message.bytes_to_add);
    else
        TRY(channel->send_window.grant(message.bytes_to_add));
    return ConnectionEvent{RoomToSend{{message.recipient_channel}}};
}

Connection::Step Connection::data(std::uint32_t number, Stream stream, Bytes bytes)
{
    auto* channel = TRY(must_be_live(number, ChannelData::name));
    TRY(channel->receive(static_cast<std::uint32_t>(bytes.size()), transport_.now()));
    // Still on its way when we closed, or behind the peer's own EOF: counted and dropped; no credit comes back for it.
    if (channel->state == Channel::State::closing || channel->peer_finished)
        return std::nullopt;
    if (bytes.empty())
        return std::nullopt;
    return ConnectionEvent{DataArrived{{number}, stream, bytes}};
}

Connection::Step Connection::on(const ChannelData& message)
{
    return data(message.recipient_channel, Stream::data, message.data);
}

Connection::Step Connection::on(const ChannelExtendedData& message)
{
    if (message.data_type == static_cast<std::uint32_t>(Stream::stderr_data))
        return data(message.recipient_channel, Stream::stderr_data, message.data);
    // A type nobody has defined: counted against the window like any other, then dropped.
    TRY(data(message.recipient_channel, Stream::stderr_data, message.data));
    data_consumed({message.recipient_channel}, message.data.size());
    return std::nullopt;
}

// ---- channels: the end -------------------------------------------------------------------

void Connection::finish(ChannelId id)
{
    auto* channel = find(id);
    if (!channel || channel->state != Channel::State::open || channel->peer_closed || std::exchange(channel->we_finished, true))
        return;
    transport_.send(ChannelEof{channel->peer_number});
}

Connection::Step Connection::on(const ChannelEof& message)
{
    auto* channel = TRY(must_be_live(message.recipient_channel, ChannelEof::name));
    if (std::exchange(channel->peer_finished, true) || channel->state == Channel::State::closing)
        return std::nullopt;
    return ConnectionEvent{PeerFinished{{message.recipient_channel}}};
}

void Connection::close(ChannelId id)
{
    auto* channel = find(id);
    if (!channel || channel->state != Channel::State::open)
        return;
    transport_.send(ChannelClose{channel->peer_number});
    channel->state = Channel::State::closing;
    if (channel->peer_closed)
        closed_.push_back(id);
}

// Until then the number stays taken.
std::optional<ConnectionEvent> Connection::take_closed()
{
    if (closed_.empty())
        return std::nullopt;
    auto id = closed_.back();
    closed_.pop_back();
    remove(id);
    return ConnectionEvent{Closed{id}};
}

void Connection::hold_close(ChannelId id)
{
    if (auto* channel = find(id))
        channel->close_is_held = true;
}

bool Connection::is_closed_by_peer(ChannelId id) const
{
    auto* channel = find(id);
    return channel && channel->peer_closed;
}

// "Upon receiving this message, a party MUST send back an SSH_MSG_CHANNEL_CLOSE unless it has already sent this
// message for the channel" (RFC 4254 §5.3).
Connection::Step Connection::on(const ChannelClose& message)
{
    ChannelId id{message.recipient_channel};
    auto* channel = TRY(must_be_live(message.recipient_channel, ChannelClose::name));
    if (channel->peer_closed)
        return peer_misbehaved("a channel was closed twice");
    if (channel->close_is_held && channel->state == Channel::State::open) {
        channel->peer_closed = channel->peer_finished = true;
        return ConnectionEvent{PeerFinished{id}};
    }
    close(id);
    remove(id);
    return ConnectionEvent{Closed{id}};
}

// ---- requests ----------------------------------------------------------------------------

void Connection::request(ChannelId id, std::string_view name, Bytes details, WantReply want_reply)
{
    auto* channel = find(id);
    if (!channel || !channel->takes_requests())
        return;
    channel->was_asked(name, want_reply, channel->requests_unanswered);
    transport_.send(ChannelRequest{channel->peer_number, name, want_reply == WantReply::yes, Rest{details}});
}

// A client in a hurry asks for its program before the session is confirmed, by the number that it expects.
Connection::Step Connection::on(const ChannelRequest& message)
{
    auto* channel = find({message.recipient_channel});
    bool is_early = channel && channel->state == Channel::State::asked_for && channel->kind == SessionChannel::name;
    if (!is_early)
        channel = live(message.recipient_channel);
    if (!channel)
        return pass_over(ChannelRequest::name, message.recipient_channel);
    if (channel->state == Channel::State::closing)
        return std::nullopt;
    auto want_reply = message.want_reply ? WantReply::yes : WantReply::no;
    channel->was_asked(message.request, want_reply, channel->requests_to_answer);
    return ConnectionEvent{Requested{{message.recipient_channel}, message.request, want_reply, message.details.bytes}};
}

void Connection::answer(ChannelId id, bool success)
{
    auto* channel = find(id);
    if (!channel || channel->requests_to_answer.count == 0 || channel->state != Channel::State::open)
        return;
    channel->was_answered(success, channel->requests_to_answer);
    if (success)
        transport_.send(ChannelSuccess{channel->peer_number});
    else
        transport_.send(ChannelFailure{channel->peer_number});
}

Connection::Step Connection::answered(std::uint32_t number, bool success)
{
    auto* channel = live(number);
    if (!channel || channel->requests_unanswered.count == 0)
        return pass_over("an answer", number);
    channel->was_answered(success, channel->requests_unanswered);
    if (channel->state == Channel::State::closing)
        return std::nullopt;
    return ConnectionEvent{RequestAnswered{{number}, success}};
}

Connection::Step Connection::on(const ChannelSuccess& message) { return answered(message.recipient_channel, true); }
Connection::Step Connection::on(const ChannelFailure& message) { return answered(message.recipient_channel, false); }

void Connection::global_request(std::string_view name, Bytes details, WantReply want_reply)
{
    if (want_reply == WantReply::yes)
        ++globals_unanswered_;
    transport_.send(GlobalRequest{name, want_reply == WantReply::yes, Rest{details}});
}

void Connection::answer_global(bool success, Bytes details)
{
    NACRE_EXPECTS(globals_to_answer_ > 0);
    --globals_to_answer_;
    if (success)
        transport_.send(RequestSuccess{Rest{details}});
    else
        transport_.send(RequestFailure{});
}

Connection::Step Connection::on(const GlobalRequest& message)
{
    if (message.want_reply)
        ++globals_to_answer_;
    return ConnectionEvent{GlobalRequested{message.request, message.want_reply ? WantReply::yes : WantReply::no,
                                           message.details.bytes}};
}

// Older dropbear and phpseclib answer also what wants no answer, such as the news of our host keys.
Connection::Step Connection::global_answered(bool success, Bytes details)
{
    if (globals_unanswered_ == 0) {
        transport_.log().debug1("passing over an answer to a global request: none waits for it");
        return std::nullopt;
    }
    --globals_unanswered_;
    return ConnectionEvent{GlobalAnswered{success, details}};
}

Connection::Step Connection::on(const RequestSuccess& message) { return global_answered(true, message.details.bytes); }
Connection::Step Connection::on(const RequestFailure&) { return global_answered(false, {}); }

} // namespace nacre
