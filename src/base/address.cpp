#include "base/address.h"

#include <fmt/format.h>

#include "base/text.h"

namespace nacre {
namespace {

bool parse_ipv4(std::string_view text, std::uint8_t* bytes)
{
    auto parts = split(text, '.');
    if (parts.size() != 4)
        return false;
    for (std::size_t i = 0; i < 4; ++i) {
        auto number = parse_number<std::uint8_t>(parts[i]);
        if (!number || (parts[i].size() > 1 && parts[i].front() == '0'))
            return false;
        bytes[i] = *number;
    }
    return true;
}

std::optional<std::uint16_t> parse_group(std::string_view text)
{
    return text.size() > 4 ? std::nullopt : parse_number<std::uint16_t>(text, 16);
}

// One side of "::": groups of hexadecimal digits, the last of which may be an IPv4 address.
std::optional<ByteVector> parse_groups(std::string_view text)
{
    ByteVector bytes;
    if (text.empty())
        return bytes;
    auto groups = split(text, ':');
    if (groups.size() > 8)
        return std::nullopt;
    for (auto& group : groups) {
        if (group.contains('.')) {
            std::uint8_t last[4];
            if (&group != &groups.back() || !parse_ipv4(group, last))
                return std::nullopt;
            bytes.insert(bytes.end(), last, last + 4);
            continue;
        }
        auto value = parse_group(group);
        if (!value)
            return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(*value >> 8));
        bytes.push_back(static_cast<std::uint8_t>(*value));
    }
    return bytes;
}

bool parse_ipv6(std::string_view text, std::array<std::uint8_t, 16>& bytes)
{
    auto gap = text.find("::");
    if (gap == std::string_view::npos) {
        auto all = parse_groups(text);
        if (!all || all->size() != 16)
            return false;
        std::ranges::copy(*all, bytes.begin());
        return true;
    }
    auto head_text = text.substr(0, gap);
    auto tail_text = text.substr(gap + 2);
    auto head = parse_groups(head_text);
    auto tail = parse_groups(tail_text);
    // "::" stands for at least one group; an IPv4 tail cannot stand before it.
    if (!head || !tail || head->size() + tail->size() > 14 || head_text.contains('.'))
        return false;
    std::ranges::copy(*head, bytes.begin());
    std::ranges::copy(*tail, bytes.end() - static_cast<std::ptrdiff_t>(tail->size()));
    return true;
}

bool is_mapped(const Address& address)
{
    if (address.family != IpFamily::v6)
        return false;
    for (std::size_t i = 0; i < 10; ++i)
        if (address.bytes[i] != 0)
            return false;
    return address.bytes[10] == 0xff && address.bytes[11] == 0xff;
}

unsigned bits_of(IpFamily family) { return family == IpFamily::v4 ? 32 : 128; }

bool bit(const Address& address, unsigned index)
{
    return (address.bytes[index / 8] >> (7 - index % 8) & 1) != 0;
}

} // namespace

std::optional<Address> parse_address(std::string_view text)
{
    Address address;
    if (!text.contains(':')) {
        if (!parse_ipv4(text, address.bytes.data()))
            return std::nullopt;
        return address;
    }
    address.family = IpFamily::v6;
    if (auto percent = text.find('%'); percent != std::string_view::npos) {
        address.scope = text.substr(percent + 1);
        if (address.scope.empty() || address.scope.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                                                     "uvwxyz0123456789._-") != std::string::npos)
            return std::nullopt;
        text = text.substr(0, percent);
    }
    if (!parse_ipv6(text, address.bytes))
        return std::nullopt;
    return address;
}

std::string to_text(const Address& address)
{
    auto& b = address.bytes;
    if (address.family == IpFamily::v4)
        return fmt::format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
    if (is_mapped(address))
        return fmt::format("::ffff:{}.{}.{}.{}", b[12], b[13], b[14], b[15]);

    // RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals, becomes "::".
    auto group = [&](std::size_t i) { return b[2 * i] << 8 | b[2 * i + 1]; };
    std::size_t best = 0, best_length = 1;
    for (std::size_t start = 0, length = 0, i = 0; i < 8; ++i) {
        length = group(i) == 0 ? length + 1 : 0;
        start = i + 1 - length;
        if (length > best_length) {
            best = start;
            best_length = length;
        }
    }
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (best_length > 1 && i == best) {
            text += "::";
            i += best_length - 1;
            continue;
        }
        if (!text.empty() && !text.ends_with(':'))
            text += ':';
        text += fmt::format("{:x}", group(i));
    }
    if (!address.scope.empty())
        text += "%" + address.scope;
    return text;
}

Address without_mapping(const Address& address)
{
    if (!is_mapped(address))
        return address;
    Address plain;
    std::copy(address.bytes.begin() + 12, address.bytes.end(), plain.bytes.begin());
    return plain;
}

bool Network::contains(const Address& other) const
{
    if (other.family != address.family)
        return false;
    for (unsigned i = 0; i < prefix; ++i)
        if (bit(address, i) != bit(other, i))
            return false;
    return true;
}

Result<std::optional<Network>> parse_network(std::string_view text)
{
    auto slash = text.find('/');
    auto address = parse_address(text.substr(0, slash));
    if (!address)
        return std::optional<Network>{};
    auto bits = bits_of(address->family);
    Network network{*address, bits};
    if (slash == std::string_view::npos)
        return std::optional{network};
    auto prefix = parse_number<unsigned>(text.substr(slash + 1));
    if (!prefix || *prefix > bits)
        return bad_input(fmt::format("the mask of network \"{}\" is not a number from 0 to {}", printable(text), bits));
    network.prefix = *prefix;
    for (unsigned i = *prefix; i < bits; ++i)
        if (bit(*address, i))
            return bad_input(fmt::format("network \"{}\" has bits set outside its mask", printable(text)));
    return std::optional{network};
}

Result<PatternMatch> match_address_list(std::string_view address, std::string_view list)
{
    auto numeric = parse_address(address);
    auto result = PatternMatch::none;
    for (auto entry : split(list, ',')) {
        bool negated = entry.starts_with('!');
        if (negated)
            entry.remove_prefix(1);
        if (entry.empty())
            return bad_input("empty entry in a list of addresses");
        auto network = TRY(parse_network(entry));
        bool matches = network ? numeric && network->contains(*numeric)
                               : !address.empty() && matches_pattern(address, entry, Case::ignored);
        // The whole list is read even after a negated match, so that a malformed entry is always reported.
        if (matches && negated)
            result = PatternMatch::negated;
        else if (matches && result == PatternMatch::none)
            result = PatternMatch::yes;
    }
    return result;
}

Result<void> check_address_list(std::string_view list)
{
    TRY(match_address_list("", list));
    return {};
}

bool matches_client_list(std::string_view address, std::string_view name, std::string_view list)
{
    auto by_address = match_address_list(address, list);
    if (!by_address || *by_address == PatternMatch::negated)
        return false;
    auto by_name = matches_pattern_list(name, list, Case::ignored);
    if (by_name == PatternMatch::negated)
        return false;
    return *by_address == PatternMatch::yes || by_name == PatternMatch::yes;
}

Result<bool> match_network_list(std::string_view address, std::string_view list)
{
    auto numeric = parse_address(address);
    bool found = false;
    for (auto entry : split(list, ',')) {
        auto network = TRY(parse_network(entry));
        if (!network)
            return bad_input(fmt::format("\"{}\" is not a network", printable(entry)));
        if (numeric && network->contains(*numeric))
            found = true;
    }
    return found;
}

} // namespace nacre
