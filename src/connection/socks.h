// SOCKS 4, 4a and 5 (RFC 1928), the server's side: where a program behind a dynamic forwarding wants to go.
//
// Pure: bytes in, bytes and a destination out.  Only CONNECT without a login is served.  The answer to the request is
// given once it is known whether the connection could be made, so that programs see the true reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace nacre {

struct SocksStep {
    enum class Next {
        wait,          // for more bytes
        connect,       // to host() and port(), then granted() or refused()
        hang_up,       // after `reply` is sent
    };
    Next next = Next::wait;
    std::size_t used = 0;                                         // of the input; the rest belongs to what follows
    ByteVector reply{};                                           // to send now
    std::string_view why{};                                       // of hang_up
};

enum class SocksRefusal { failed, not_allowed, unreachable, refused };

class SocksNegotiation {
public:
    // No message of SOCKS is longer (of version 4: 8 bytes, a user and a name, both bounded here): an input of this many
    // bytes never leads to `wait`.
    static constexpr std::size_t longest_message = 8 + 256 + 256;

    // `input`: what has come and was not used yet.  Ask again at once where something was used.
    SocksStep advance(Bytes input);

    const std::string& host() const { return host_; }             // an address or a name; no control characters
    std::uint16_t port() const { return port_; }

    ByteVector granted() const;
    ByteVector refused(SocksRefusal why) const;

private:
    enum class State { begin, request5, over };

    SocksStep version4(Bytes input);
    SocksStep greeting5(Bytes input);
    SocksStep request5(Bytes input);
    SocksStep hang_up(std::string_view why, ByteVector reply = {});
    SocksStep destination(std::string host, std::uint16_t port, std::size_t used);

    State state_ = State::begin;
    bool is_version4_ = false;
    std::string host_;
    std::uint16_t port_ = 0;
};

} // namespace nacre
