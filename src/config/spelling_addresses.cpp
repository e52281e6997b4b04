// Addresses and the listener's limits.
#include <fmt/format.h>

#include <array>

#include "base/port.h"
#include "base/text.h"
#include "config/destination.h"
#include "config/lexer.h"
#include "config/none.h"
#include "config/spelling.h"

namespace nacre {
namespace {

std::string bracketed(std::string_view host)
{
    return host.contains(':') ? fmt::format("[{}]", host) : std::string{host};
}

} // namespace

// ---- addresses ----

namespace {

Result<std::optional<std::uint16_t>> parse_port_or_star(std::string_view word)
{
    if (word == "*")
        return std::optional<std::uint16_t>{};
    auto port = parse_port(word);
    if (!port)
        return bad_input(fmt::format("bad port \"{}\"", printable(word)));
    return port;
}

Result<PermittedPlaces> parse_permitted(Arguments& arguments, bool host_optional)
{
    auto words = TRY(arguments.all());
    PermittedPlaces permitted;
    if (words.size() == 1 && equal_ignoring_case(words[0], "any"))
        return permitted;
    permitted.any = false;
    if (words.size() == 1 && is_none(words[0]))
        return permitted;
    for (auto& word : words) {
        if (host_optional && !word.contains(':')) {
            auto port = TRY(parse_port_or_star(word));
            permitted.only.push_back({"*", port});
            continue;
        }
        auto place = TRY(split_host_port(word));
        if (place.host.empty() || !place.port)
            return bad_input(fmt::format("\"{}\" is not host:port", printable(word)));
        auto port = TRY(parse_port_or_star(*place.port));
        permitted.only.push_back({place.host, port});
    }
    return permitted;
}

void print_permitted(const PermittedPlaces& value, Lines& lines)
{
    std::string text = value.any ? "any" : value.only.empty() ? "none" : "";
    if (!value.any)
        for (auto& address : value.only) {
            text += text.empty() ? "" : " ";
            auto port = address.port ? fmt::format("{}", *address.port) : "*";
            text += quote_word(bracketed(address.host) + ":" + port);
        }
    lines.add(text);
}

} // namespace

Result<void> Spelling<PermittedPlaces>::parse(PermittedPlaces& value, Arguments& arguments)
{
    value = TRY(parse_permitted(arguments, false));
    return {};
}
void Spelling<PermittedPlaces>::print(const PermittedPlaces& value, Lines& lines)
{
    print_permitted(value, lines);
}

Result<void> ListenPermissions::parse(PermittedPlaces& value, Arguments& arguments)
{
    value = TRY(parse_permitted(arguments, true));
    return {};
}
void ListenPermissions::print(const PermittedPlaces& value, Lines& lines) { print_permitted(value, lines); }

Result<void> Spelling<std::vector<ListenAddress>>::parse(std::vector<ListenAddress>& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    auto place = TRY(split_host_port(word));
    ListenAddress address{place.host, std::nullopt, ""};
    if (place.host.empty())
        return bad_input(fmt::format("bad address \"{}\"", printable(word)));
    if (place.port) {
        address.port = parse_port(*place.port);
        if (!address.port)
            return bad_input(fmt::format("bad port \"{}\"", printable(*place.port)));
    }
    if (arguments.take("rdomain"))
        address.rdomain = TRY(arguments.next());
    if (value.size() >= 1024)
        return bad_input("too many addresses");
    value.push_back(std::move(address));
    return {};
}
void Spelling<std::vector<ListenAddress>>::print(const std::vector<ListenAddress>& value, Lines& lines)
{
    for (auto& address : value) {
        auto text = quote_word(address.port ? fmt::format("{}:{}", bracketed(address.host), *address.port)
                                            : bracketed(address.host));
        if (!address.rdomain.empty())
            text += " rdomain " + quote_word(address.rdomain);
        lines.add(text);
    }
}

// ---- limits of the listener ----

Result<void> Spelling<StartLimit>::parse(StartLimit& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    StartLimit limit;
    auto parts = split(word, ':');
    std::array<std::optional<std::uint32_t>, 3> numbers;
    if (parts.size() != 1 && parts.size() != 3)
        return bad_input(fmt::format("\"{}\" is neither a number nor start:rate:full", printable(word)));
    for (std::size_t i = 0; i < parts.size(); ++i)
        numbers[i] = parse_number<std::uint32_t>(parts[i]);
    if (parts.size() == 1)
        limit = {numbers[0].value_or(0), limit.rate, numbers[0].value_or(0)};
    else
        limit = {numbers[0].value_or(0), numbers[1].value_or(0), numbers[2].value_or(0)};
    if (limit.begin == 0 || limit.full < limit.begin || limit.rate == 0 || limit.rate > 100)
        return bad_input(fmt::format("\"{}\" is not a sensible limit", printable(word)));
    value = limit;
    return {};
}
void Spelling<StartLimit>::print(const StartLimit& value, Lines& lines)
{
    lines.add(fmt::format("{}:{}:{}", value.begin, value.rate, value.full));
}

Result<void> Spelling<NetBlockSize>::parse(NetBlockSize& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    auto parts = split(word, ':');
    NetBlockSize size;
    auto ipv4 = parse_number<std::uint32_t>(parts[0]);
    auto ipv6 = parts.size() > 1 ? parse_number<std::uint32_t>(parts[1]) : std::optional{size.ipv6};
    if (parts.size() > 2 || !ipv4 || !ipv6 || *ipv4 > 32 || *ipv6 > 128)
        return bad_input(fmt::format("\"{}\" is not bits-of-IPv4[:bits-of-IPv6]", printable(word)));
    value = {*ipv4, *ipv6};
    return {};
}
void Spelling<NetBlockSize>::print(const NetBlockSize& value, Lines& lines)
{
    lines.add(fmt::format("{}:{}", value.ipv4, value.ipv6));
}

} // namespace nacre
