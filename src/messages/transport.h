// Messages of the transport layer: RFC 4253 §7, §10, §11, RFC 8308.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// RFC 4253 §11.1  Disconnection Message
struct Disconnect {
    static constexpr std::string_view name = "SSH_MSG_DISCONNECT";
    static constexpr MessageNumber number{1};
    std::uint32_t reason = 0;                                     // DisconnectReason, or what the peer made up
    std::string_view description;
    Rest language;                                                // a string; some peers leave it out
    using fields = Fields<&Disconnect::reason, &Disconnect::description, &Disconnect::language>;
};

// RFC 4253 §11.2  Ignored Data Message
struct Ignore {
    static constexpr std::string_view name = "SSH_MSG_IGNORE";
    static constexpr MessageNumber number{2};
    Rest data;                                                    // a string by the RFC; also broken, it "MUST be ignored"
    using fields = Fields<&Ignore::data>;
};

// RFC 4253 §11.4  Reserved Messages
struct Unimplemented {
    static constexpr std::string_view name = "SSH_MSG_UNIMPLEMENTED";
    static constexpr MessageNumber number{3};
    SequenceNumber sequence;                                      // of the packet that was not understood
    using fields = Fields<&Unimplemented::sequence>;
};

// RFC 4253 §11.3  Debug Message
struct Debug {
    static constexpr std::string_view name = "SSH_MSG_DEBUG";
    static constexpr MessageNumber number{4};
    bool always_display = false;
    std::string_view text;
    std::string_view language;
    using fields = Fields<&Debug::always_display, &Debug::text, &Debug::language>;
};

// RFC 4253 §10  Service Request
struct ServiceRequest {
    static constexpr std::string_view name = "SSH_MSG_SERVICE_REQUEST";
    static constexpr MessageNumber number{5};
    std::string_view service;
    using fields = Fields<&ServiceRequest::service>;
};

struct ServiceAccept {                                            // its answer
    static constexpr std::string_view name = "SSH_MSG_SERVICE_ACCEPT";
    static constexpr MessageNumber number{6};
    std::string_view service;
    using fields = Fields<&ServiceAccept::service>;
};

// RFC 8308 §2.3  Message: SSH_MSG_EXT_INFO
struct Extension {
    static constexpr std::string_view name = "extension";
    std::string_view extension_name;
    Bytes value;
    using fields = Fields<&Extension::extension_name, &Extension::value>;
};
// All that one side can do beyond the RFCs.
struct ExtInfo {
    static constexpr std::string_view name = "SSH_MSG_EXT_INFO";
    static constexpr MessageNumber number{7};
    Repeated<Extension> extensions;
    using fields = Fields<&ExtInfo::extensions>;
};

// RFC 4253 §7.1  Algorithm Negotiation
struct KexInit {
    static constexpr std::string_view name = "SSH_MSG_KEXINIT";
    static constexpr MessageNumber number{20};
    std::array<std::uint8_t, 16> cookie{};
    std::string_view kex_algorithms;
    std::string_view server_host_key_algorithms;
    std::string_view encryption_client_to_server;
    std::string_view encryption_server_to_client;
    std::string_view mac_client_to_server;
    std::string_view mac_server_to_client;
    std::string_view compression_client_to_server;
    std::string_view compression_server_to_client;
    std::string_view languages_client_to_server;
    std::string_view languages_server_to_client;
    bool first_kex_packet_follows = false;
    std::uint32_t reserved = 0;
    using fields =
        Fields<&KexInit::cookie, &KexInit::kex_algorithms, &KexInit::server_host_key_algorithms,
               &KexInit::encryption_client_to_server, &KexInit::encryption_server_to_client,
               &KexInit::mac_client_to_server, &KexInit::mac_server_to_client, &KexInit::compression_client_to_server,
               &KexInit::compression_server_to_client, &KexInit::languages_client_to_server,
               &KexInit::languages_server_to_client, &KexInit::first_kex_packet_follows, &KexInit::reserved>;
};

// RFC 4253 §7.3  Taking Keys Into Use
struct NewKeys {
    static constexpr std::string_view name = "SSH_MSG_NEWKEYS";
    static constexpr MessageNumber number{21};
    using fields = Fields<>;
};

// OpenSSH's ping@openssh.com (see PROTOCOL.md)
struct Ping {
    static constexpr std::string_view name = "SSH2_MSG_PING";
    static constexpr MessageNumber number{192};
    Bytes data;
    using fields = Fields<&Ping::data>;
};
struct Pong {                                                     // its answer, with the same data
    static constexpr std::string_view name = "SSH2_MSG_PONG";
    static constexpr MessageNumber number{193};
    Bytes data;
    using fields = Fields<&Pong::data>;
};

} // namespace nacre
