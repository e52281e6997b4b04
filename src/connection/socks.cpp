#include "connection/socks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace nacre {
namespace {

constexpr std::uint8_t version4_byte = 4;
constexpr std::uint8_t version5_byte = 5;
constexpr std::uint8_t command_connect = 1;
constexpr std::uint8_t no_login = 0;
constexpr std::uint8_t no_acceptable_login = 0xff;
constexpr std::uint8_t reply4_granted = 90;
constexpr std::uint8_t reply4_refused = 91;
constexpr std::size_t longest_text = 255;

// RFC 1928 §4: the kinds of address.
constexpr std::uint8_t address_ipv4 = 1;
constexpr std::uint8_t address_name = 3;
constexpr std::uint8_t address_ipv6 = 4;

// §6: what the reply's second byte says.
constexpr std::uint8_t reply_granted = 0;
constexpr std::uint8_t reply_command_unknown = 7;
constexpr std::uint8_t reply_address_unknown = 8;
constexpr std::uint8_t reply_of(SocksRefusal why)
{
    switch (why) {
    case SocksRefusal::not_allowed:
        return 2;
    case SocksRefusal::unreachable:
        return 4;
    case SocksRefusal::refused:
        return 5;
    case SocksRefusal::failed:
        break;
    }
    return 1;
}

// The address in a reply is where the connection was made from: we do not know, and nobody asks.
ByteVector reply5(std::uint8_t code) { return {version5_byte, code, 0, address_ipv4, 0, 0, 0, 0, 0, 0}; }
ByteVector reply4(std::uint8_t code) { return {0, code, 0, 0, 0, 0, 0, 0}; }

std::uint16_t port_at(Bytes input, std::size_t at) { return static_cast<std::uint16_t>(input[at] << 8 | input[at + 1]); }

std::string dotted(Bytes four) { return fmt::format("{}.{}.{}.{}", four[0], four[1], four[2], four[3]); }

// Without "::": a server's resolver takes it as it is.
std::string in_groups(Bytes sixteen)
{
    std::string text;
    for (std::size_t i = 0; i < sixteen.size(); i += 2)
        text += fmt::format("{}{:x}", i == 0 ? "" : ":", sixteen[i] << 8 | sixteen[i + 1]);
    return text;
}

// The text that begins there, without its NUL; `at` moves behind it.  Nothing: the NUL has not come, or too late.
std::optional<std::string_view> text_at(Bytes input, std::size_t& at)
{
    auto rest = input.subspan(at);
    rest = rest.first(std::min(rest.size(), longest_text + 1));
    auto stop = std::ranges::find(rest, 0);
    if (stop == rest.end())
        return std::nullopt;
    auto text = as_text(rest.first(static_cast<std::size_t>(stop - rest.begin())));
    at += text.size() + 1;
    return text;
}

bool is_plain(std::string_view host)
{
    return !host.empty() && std::ranges::none_of(host, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

} // namespace

SocksStep SocksNegotiation::advance(Bytes input)
{
    if (state_ == State::over)
        return hang_up("nothing more was asked");
    if (input.empty())
        return {};
    if (state_ == State::request5)
        return request5(input);
    if (input[0] == version4_byte)
        return version4(input);
    if (input[0] == version5_byte)
        return greeting5(input);
    return hang_up("neither SOCKS 4 nor SOCKS 5");
}

SocksStep SocksNegotiation::hang_up(std::string_view why, ByteVector reply)
{
    state_ = State::over;
    return {.next = SocksStep::Next::hang_up, .used = 0, .reply = std::move(reply), .why = why};
}

SocksStep SocksNegotiation::destination(std::string host, std::uint16_t port, std::size_t used)
{
    host_ = std::move(host);
    port_ = port;
    if (!is_plain(host_))
        return hang_up("the destination is no host name", refused(SocksRefusal::failed));
    state_ = State::over;
    return {.next = SocksStep::Next::connect, .used = used, .reply = {}, .why = {}};
}

// version, command, port, address, user NUL; with the address 0.0.0.x a name and NUL follow (SOCKS 4a).
SocksStep SocksNegotiation::version4(Bytes input)
{
    constexpr std::size_t head = 8;
    is_version4_ = true;
    if (input.size() < head)
        return {};
    if (input[1] != command_connect)
        return hang_up("only CONNECT is served", reply4(reply4_refused));
    auto address = input.subspan(4, 4);
    bool is_named = address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
    std::size_t at = head;
    std::string host = dotted(address);
    for (int text = 0; text < (is_named ? 2 : 1); ++text) {
        auto found = text_at(input, at);
        if (!found)
            return input.size() - at > longest_text ? hang_up("too long for SOCKS", reply4(reply4_refused)) : SocksStep{};
        if (text == 1)
            host = *found;
    }
    return destination(std::move(host), port_at(input, 2), at);
}

// version, count, that many ways to log in
SocksStep SocksNegotiation::greeting5(Bytes input)
{
    if (input.size() < 2)
        return {};
    std::size_t size = 2U + input[1];
    if (input.size() < size)
        return {};
    if (std::ranges::count(input.subspan(2, input[1]), no_login) == 0)
        return hang_up("the program insists on a login", {version5_byte, no_acceptable_login});
    state_ = State::request5;
    return {.next = SocksStep::Next::wait, .used = size, .reply = {version5_byte, no_login}, .why = {}};
}

// version, command, reserved, kind of address, address, port
SocksStep SocksNegotiation::request5(Bytes input)
{
    constexpr std::size_t head = 4;
    if (input[0] != version5_byte)
        return hang_up("not a SOCKS 5 request");
    if (input.size() < head + 1)
        return {};
    if (input[1] != command_connect)
        return hang_up("only CONNECT is served", reply5(reply_command_unknown));
    std::size_t from = head;
    std::size_t size = 0;
    switch (input[3]) {
    case address_ipv4:
        size = 4;
        break;
    case address_ipv6:
        size = 16;
        break;
    case address_name:
        from = head + 1;
        size = input[head];
        break;
    default:
        return hang_up("an unknown kind of address", reply5(reply_address_unknown));
    }
    auto end = from + size + 2;
    if (input.size() < end)
        return {};
    auto address = input.subspan(from, size);
    auto host = size == 4 && input[3] == address_ipv4 ? dotted(address)
                : input[3] == address_ipv6            ? in_groups(address)
                                                      : std::string{as_text(address)};
    return destination(std::move(host), port_at(input, from + size), end);
}

ByteVector SocksNegotiation::granted() const { return is_version4_ ? reply4(reply4_granted) : reply5(reply_granted); }

ByteVector SocksNegotiation::refused(SocksRefusal why) const
{
    return is_version4_ ? reply4(reply4_refused) : reply5(reply_of(why));
}

} // namespace nacre
