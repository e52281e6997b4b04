// The connection protocol (RFC 4254): many channels on one transport.
//
// Channel kinds and requests pass through as names and bytes; what they mean is declared in
// channel_kinds.h, channel_requests.h and global_requests.h and decided by the caller.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "connection/channel.h"
#include "connection/connection_events.h"
#include "transport/transport.h"

namespace nacre {

class Connection {
public:
    explicit Connection(Transport& below) : transport_(below) {}  // the transport must live longer

    // A message of the numbers 80–127.
    Result<std::optional<ConnectionEvent>> receive(const IncomingMessage& message);
    // To be taken before further messages: Closed, where our close() was the second.
    std::optional<ConnectionEvent> take_closed();

    // The channel may be used once Opened was reported.
    ChannelId open(std::string_view kind, Bytes details, ChannelLimits limits);
    template <Declared Kind>
    ChannelId open(const Kind& kind, ChannelLimits limits = {})   // the same of a declared kind
    {
        return open(Kind::name, encode(kind), limits);
    }
    // Requests may be sent on that channel before its confirmation: they are addressed to this number, which the
    // confirmation must then have.
    void presume_peer_number(ChannelId channel, PeerChannelId number);
    // As if nothing had ever been sent: the peer has dropped it all.
    void forget_all();
    void accept(ChannelId channel, ChannelLimits limits = {});    // a channel that the peer has opened
    void refuse(ChannelId channel, OpenFailure reason, std::string_view description);   // the same; it is gone then

    // Room for data in a packet that already lies in the output, at most `at_most` bytes; empty while the window is
    // shut, keys are changing or too much waits to be transmitted.  Fill it and say data_written(), or do nothing.
    MutableBytes data_space(ChannelId channel, Stream stream, std::size_t at_most);
    // The first `count` bytes of data_space() are data.
    void data_written(ChannelId channel, Stream stream, std::size_t count);
    // Copies as much as may be sent now; returns how much that was: nothing while keys are changing, say.  RoomToSend tells
    // when to go on.
    [[nodiscard]] std::size_t write(ChannelId channel, Stream stream, Bytes data);
    void data_consumed(ChannelId channel, std::size_t count);     // flow-control credit
    // A window of that size from now on, granted at once: where it is known that much will come.  Nothing where it is as
    // large already, or all channels together have grown by most_growth.
    void widen(ChannelId channel, std::uint32_t window);

    // What they mean: connection/channel_requests.h.
    void request(ChannelId channel, std::string_view name, Bytes details, WantReply want_reply);
    template <Declared R>
    void request(ChannelId channel, const R& details, WantReply want_reply)   // the same of a declared request
    {
        request(channel, R::name, encode(details), want_reply);
    }
    void answer(ChannelId channel, bool success);                 // to a Requested that wants a reply
    void finish(ChannelId channel);                               // end of our data
    // Both ways; Closed follows, and nothing happens where it has been said before.  From Closed on the number may be another
    // channel's, so whoever would close it later forgets it then.
    void close(ChannelId channel);
    // From now on the peer's CLOSE does not end the channel: it comes as PeerFinished, requests may still be sent, and our
    // close() ends it.  For what is not delivered yet, and a program's exit status, which OpenSSH's clients take after
    // their CLOSE.
    void hold_close(ChannelId channel);
    bool is_closed_by_peer(ChannelId channel) const;              // its CLOSE has come, and is held

    // What they mean: connection/global_requests.h.
    void global_request(std::string_view name, Bytes details, WantReply want_reply);
    template <Declared R>
    void global_request(const R& details, WantReply want_reply)   // the same of a declared request
    {
        global_request(R::name, encode(details), want_reply);
    }
    std::uint32_t globals_unanswered() const { return globals_unanswered_; }   // of ours that want a reply
    void answer_global(bool success, Bytes details = {});         // to a GlobalRequested that wants a reply

    bool exists(ChannelId channel) const { return find(channel) != nullptr; }   // also while it is being opened or closed
    bool is_open(ChannelId channel) const;                        // data may go either way
    std::optional<PeerChannelId> peer_number(ChannelId channel) const;   // once it is open
    std::string_view kind(ChannelId channel) const;               // as in CHANNEL_OPEN; empty where there is no such channel
    std::size_t channel_count() const { return count_; }          // in any state
    std::size_t count_of(std::string_view kind) const;            // likewise, of one kind
    // Terminals, and beside them at most agents' channels, are open: their keystrokes may be marked as urgent, which
    // networks hold against those who send much.  Nothing: no open channel decides it.
    std::optional<bool> is_interactive() const;
    bool peer_forwards_agents() const { return transport_.peer_forwards_agents(); }   // by the names of RFC 9987
    // What is sent now would wait: for new keys, or behind much else.
    bool is_congested() const { return !transport_.may_send_data() || transport_.waiting() > high_water; }
    static constexpr std::size_t most_channels = 1024;            // of both sides together
    // A window grows, up to fourfold, whenever the peer had to wait for credit that was on its way: a long way fills, and
    // memory is used only while data waits here.
    static constexpr std::uint32_t largest_window = 64 * 1024 * 1024;   // bytes
    static constexpr std::uint64_t most_growth = 128 * 1024 * 1024;     // bytes, of all channels together
    static constexpr std::size_t high_water = 1024 * 1024;        // bytes to transmit that stop further data
    static constexpr std::uint32_t most_data_in_a_packet = 128 * 1024;   // bytes, however much the peer would take

private:
    using Step = Result<std::optional<ConnectionEvent>>;
    Step on(const ChannelOpen&);
    Step on(const ChannelOpenConfirmation&);
    Step on(const ChannelOpenFailure&);
    Step on(const ChannelWindowAdjust&);
    Step on(const ChannelData&);
    Step on(const ChannelExtendedData&);
    Step on(const ChannelEof&);
    Step on(const ChannelClose&);
    Step on(const ChannelRequest&);
    Step on(const ChannelSuccess&);
    Step on(const ChannelFailure&);
    Step on(const GlobalRequest&);
    Step on(const RequestSuccess&);
    Step on(const RequestFailure&);
    template <class M>
    Step decode_and_handle(Bytes payload);

    Channel* find(ChannelId channel) const;
    Channel* live(std::uint32_t number) const;                    // open for the peer, or closing; else null
    Result<Channel*> must_be_live(std::uint32_t number, std::string_view what) const;
    Step pass_over(std::string_view what, std::uint32_t channel) const;
    Step data(std::uint32_t number, Stream stream, Bytes bytes);
    Step answered(std::uint32_t number, bool success);
    Step global_answered(bool success, Bytes details);
    ChannelId add(std::unique_ptr<Channel> channel);
    void remove(ChannelId channel);
    void fit_window(Channel& channel);
    void widen(Channel& channel);
    void grow(Channel& channel, std::uint32_t size);

    Transport& transport_;
    std::vector<std::unique_ptr<Channel>> channels_;              // by our number
    std::size_t count_ = 0;
    std::vector<ChannelId> closed_;                               // by both, and not reported yet
    const std::uint8_t* begun_ = nullptr;                         // the packet that data_space() has lent
    std::uint64_t growth_ = 0;                                    // bytes, beyond the windows that were asked for
    std::optional<Duration> quickest_trip_;                       // of any channel's grants
    std::uint32_t globals_unanswered_ = 0;                        // ours
    std::uint32_t globals_to_answer_ = 0;                         // theirs
};

} // namespace nacre
