// Messages of the connection protocol: RFC 4254.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// RFC 4254 §4  Global Requests
struct GlobalRequest {
    static constexpr std::string_view name = "SSH_MSG_GLOBAL_REQUEST";
    static constexpr MessageNumber number{80};
    std::string_view request;
    bool want_reply = false;
    Rest details;
    using fields = Fields<&GlobalRequest::request, &GlobalRequest::want_reply, &GlobalRequest::details>;
};
struct RequestSuccess {                                           // of a global request
    static constexpr std::string_view name = "SSH_MSG_REQUEST_SUCCESS";
    static constexpr MessageNumber number{81};
    Rest details;
    using fields = Fields<&RequestSuccess::details>;
};
struct RequestFailure {                                           // of a global request
    static constexpr std::string_view name = "SSH_MSG_REQUEST_FAILURE";
    static constexpr MessageNumber number{82};
    using fields = Fields<>;
};

// RFC 4254 §5.1  Opening a Channel
struct ChannelOpen {
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_OPEN";
    static constexpr MessageNumber number{90};
    std::string_view type;
    std::uint32_t sender_channel = 0;
    std::uint32_t initial_window_size = 0;
    std::uint32_t maximum_packet_size = 0;
    Rest details;                                                 // meaning depends on `type`
    using fields = Fields<&ChannelOpen::type, &ChannelOpen::sender_channel, &ChannelOpen::initial_window_size,
                          &ChannelOpen::maximum_packet_size, &ChannelOpen::details>;
};
struct ChannelOpenConfirmation {                                  // the channel is open
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_OPEN_CONFIRMATION";
    static constexpr MessageNumber number{91};
    std::uint32_t recipient_channel = 0;
    std::uint32_t sender_channel = 0;
    std::uint32_t initial_window_size = 0;
    std::uint32_t maximum_packet_size = 0;
    Rest details;
    using fields = Fields<&ChannelOpenConfirmation::recipient_channel, &ChannelOpenConfirmation::sender_channel,
                          &ChannelOpenConfirmation::initial_window_size, &ChannelOpenConfirmation::maximum_packet_size,
                          &ChannelOpenConfirmation::details>;
};

// RFC 4254 §5.1, the reasons of §5.1's table
enum class OpenFailure : std::uint32_t {
    administratively_prohibited = 1,
    connect_failed = 2,
    unknown_channel_type = 3,
    resource_shortage = 4,
};
struct ChannelOpenFailure {                                       // there is no channel
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_OPEN_FAILURE";
    static constexpr MessageNumber number{92};
    std::uint32_t recipient_channel = 0;
    OpenFailure reason{};
    std::string_view description;
    std::string_view language;
    using fields = Fields<&ChannelOpenFailure::recipient_channel, &ChannelOpenFailure::reason,
                          &ChannelOpenFailure::description, &ChannelOpenFailure::language>;
};

// RFC 4254 §5.2  Data Transfer
struct ChannelWindowAdjust {
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_WINDOW_ADJUST";
    static constexpr MessageNumber number{93};
    std::uint32_t recipient_channel = 0;
    std::uint32_t bytes_to_add = 0;
    using fields = Fields<&ChannelWindowAdjust::recipient_channel, &ChannelWindowAdjust::bytes_to_add>;
};
struct ChannelData {                                              // of the stream that every channel has
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_DATA";
    static constexpr MessageNumber number{94};
    std::uint32_t recipient_channel = 0;
    Bytes data;
    using fields = Fields<&ChannelData::recipient_channel, &ChannelData::data>;
};
struct ChannelExtendedData {                                      // of another one
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_EXTENDED_DATA";
    static constexpr MessageNumber number{95};
    std::uint32_t recipient_channel = 0;
    std::uint32_t data_type = 0;                                  // 1: SSH_EXTENDED_DATA_STDERR
    Bytes data;
    using fields = Fields<&ChannelExtendedData::recipient_channel, &ChannelExtendedData::data_type,
                          &ChannelExtendedData::data>;
};

// RFC 4254 §5.3  Closing a Channel
struct ChannelEof {
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_EOF";
    static constexpr MessageNumber number{96};
    std::uint32_t recipient_channel = 0;
    using fields = Fields<&ChannelEof::recipient_channel>;
};
struct ChannelClose {                                             // no more of anything
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_CLOSE";
    static constexpr MessageNumber number{97};
    std::uint32_t recipient_channel = 0;
    using fields = Fields<&ChannelClose::recipient_channel>;
};

// RFC 4254 §5.4  Channel-Specific Requests
struct ChannelRequest {
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_REQUEST";
    static constexpr MessageNumber number{98};
    std::uint32_t recipient_channel = 0;
    std::string_view request;
    bool want_reply = false;
    Rest details;
    using fields = Fields<&ChannelRequest::recipient_channel, &ChannelRequest::request, &ChannelRequest::want_reply,
                          &ChannelRequest::details>;
};
struct ChannelSuccess {                                           // of a request
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_SUCCESS";
    static constexpr MessageNumber number{99};
    std::uint32_t recipient_channel = 0;
    using fields = Fields<&ChannelSuccess::recipient_channel>;
};
struct ChannelFailure {                                           // of a request
    static constexpr std::string_view name = "SSH_MSG_CHANNEL_FAILURE";
    static constexpr MessageNumber number{100};
    std::uint32_t recipient_channel = 0;
    using fields = Fields<&ChannelFailure::recipient_channel>;
};

} // namespace nacre
