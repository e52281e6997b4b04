// The messages of key-exchange methods, numbers 30 to 49: RFC 4253 §8, RFC 5656 §4, RFC 4419 §5.
//
// Each method gives the numbers its own meaning, so the same number has several structs
// here; which one is meant is agreed before.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/strong.h"
#include "wire/fields.h"

namespace nacre {

// RFC 4253 §8
struct KexdhInit {
    static constexpr std::string_view name = "SSH_MSG_KEXDH_INIT";
    static constexpr MessageNumber number{30};
    Mpint e;
    using fields = Fields<&KexdhInit::e>;
};

// RFC 4253 §8
struct KexdhReply {
    static constexpr std::string_view name = "SSH_MSG_KEXDH_REPLY";
    static constexpr MessageNumber number{31};
    Bytes host_key;                                               // K_S
    Mpint f;
    Bytes signature;                                              // of H
    using fields = Fields<&KexdhReply::host_key, &KexdhReply::f, &KexdhReply::signature>;
};

// RFC 5656 §4, RFC 8731 §3; hybrids put more into the same string
struct KexEcdhInit {
    static constexpr std::string_view name = "SSH_MSG_KEX_ECDH_INIT";
    static constexpr MessageNumber number{30};
    Bytes q_c;
    using fields = Fields<&KexEcdhInit::q_c>;
};

// RFC 5656 §4, RFC 8731 §3
struct KexEcdhReply {
    static constexpr std::string_view name = "SSH_MSG_KEX_ECDH_REPLY";
    static constexpr MessageNumber number{31};
    Bytes host_key;                                               // K_S
    Bytes q_s;
    Bytes signature;                                              // of H
    using fields = Fields<&KexEcdhReply::host_key, &KexEcdhReply::q_s, &KexEcdhReply::signature>;
};

// RFC 4419 §5, from older clients: no limits are named, and none enter the exchange hash
struct KexDhGexRequestOld {
    static constexpr std::string_view name = "SSH_MSG_KEX_DH_GEX_REQUEST_OLD";
    static constexpr MessageNumber number{30};
    std::uint32_t n;
    using fields = Fields<&KexDhGexRequestOld::n>;
};

// RFC 4419 §3, §5
struct KexDhGexRequest {
    static constexpr std::string_view name = "SSH_MSG_KEX_DH_GEX_REQUEST";
    static constexpr MessageNumber number{34};
    std::uint32_t min, n, max;                                    // bits of the prime
    using fields = Fields<&KexDhGexRequest::min, &KexDhGexRequest::n, &KexDhGexRequest::max>;
};

// RFC 4419 §3
struct KexDhGexGroup {
    static constexpr std::string_view name = "SSH_MSG_KEX_DH_GEX_GROUP";
    static constexpr MessageNumber number{31};
    Mpint p, g;
    using fields = Fields<&KexDhGexGroup::p, &KexDhGexGroup::g>;
};

// RFC 4419 §3
struct KexDhGexInit {
    static constexpr std::string_view name = "SSH_MSG_KEX_DH_GEX_INIT";
    static constexpr MessageNumber number{32};
    Mpint e;
    using fields = Fields<&KexDhGexInit::e>;
};

// RFC 4419 §3
struct KexDhGexReply {
    static constexpr std::string_view name = "SSH_MSG_KEX_DH_GEX_REPLY";
    static constexpr MessageNumber number{33};
    Bytes host_key;                                               // K_S
    Mpint f;
    Bytes signature;                                              // of H
    using fields = Fields<&KexDhGexReply::host_key, &KexDhGexReply::f, &KexDhGexReply::signature>;
};

} // namespace nacre
