#include "config/destination.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/address.h"
#include "base/port.h"
#include "base/text.h"

namespace nacre {
namespace {

Failure not_a_destination(std::string_view text)
{
    return bad_input(fmt::format("\"{}\" is not user@host:port", printable(text)));
}

// RFC 3986 §2.1.
Result<std::string> decode_escapes(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        auto byte = from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1 || (*byte)[0] == 0)
            return bad_input(fmt::format("\"{}\" has a broken %-escape", printable(text)));
        decoded += static_cast<char>((*byte)[0]);
        i += 2;
    }
    return decoded;
}

// user@host:port; the user may hold "@".
Result<Destination> parse_plain(std::string_view text)
{
    Destination destination;
    auto rest = text;
    if (auto at = text.rfind('@'); at != std::string_view::npos) {
        if (at == 0)
            return not_a_destination(text);
        destination.user = text.substr(0, at);
        rest = text.substr(at + 1);
    }
    auto place = TRY(split_host_port(rest));
    if (place.host.empty())
        return not_a_destination(text);
    destination.host = place.host;
    if (place.port) {
        destination.port = parse_port(*place.port);
        if (!destination.port)
            return bad_input(fmt::format("bad port \"{}\"", printable(*place.port)));
    }
    return destination;
}

bool has_control(std::string_view text)
{
    for (char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return true;
    return false;
}

} // namespace

Result<HostPort> split_host_port(std::string_view text)
{
    HostPort result;
    if (text.starts_with('[')) {
        auto end = text.find(']');
        if (end == std::string_view::npos)
            return bad_input(fmt::format("missing \"]\" in \"{}\"", printable(text)));
        result.host = text.substr(1, end - 1);
        if (result.host.contains('['))
            return bad_input(fmt::format("misplaced bracket in \"{}\"", printable(text)));
        text.remove_prefix(end + 1);
        if (text.empty())
            return result;
        if (!text.starts_with(':'))
            return bad_input(fmt::format("\"{}\" after \"]\"", printable(text)));
        result.port = text.substr(1);
        return result;
    }
    auto colon = text.find(':');
    bool bare_ipv6 = colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos;
    result.host = text.substr(0, bare_ipv6 ? std::string_view::npos : colon);
    if (bare_ipv6 && !parse_address(text))
        return bad_input(fmt::format("\"{}\" is neither host:port nor an IPv6 address", printable(text)));
    if (!bare_ipv6 && colon != std::string_view::npos)
        result.port = text.substr(colon + 1);
    if (result.host.find_first_of("[]") != std::string::npos)
        return bad_input(fmt::format("misplaced bracket in \"{}\"", printable(text)));
    return result;
}

Result<Destination> parse_uri(std::string_view text)
{
    constexpr std::string_view scheme = "ssh://";
    if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme))
        return bad_input(fmt::format("\"{}\" is not an ssh:// address", printable(text)));
    auto rest = text.substr(scheme.size());
    if (rest.ends_with('/'))
        rest.remove_suffix(1);
    if (rest.contains('/'))
        return bad_input(fmt::format("\"{}\" has a path", printable(text)));
    auto destination = TRY(parse_plain(rest));
    // RFC 3986 §3.2.1: what follows ";" in the user part are connection parameters; none is known to us.
    destination.user = destination.user.substr(0, destination.user.find(';'));
    destination.user = TRY(decode_escapes(destination.user));
    destination.host = TRY(decode_escapes(destination.host));
    return destination;
}

bool has_scheme(std::string_view scheme, std::string_view text)
{
    return equal_ignoring_case(text.substr(0, scheme.size()), scheme) && text.substr(scheme.size()).starts_with("://");
}

Result<Location> parse_uri_with_path(std::string_view scheme, std::string_view text)
{
    if (!has_scheme(scheme, text))
        return bad_input(fmt::format("\"{}\" is not an {}:// address", printable(text), scheme));
    auto rest = text.substr(scheme.size() + 3);
    auto slash = std::min(rest.find('/'), rest.size());
    Location location;
    location.place = TRY(parse_uri(fmt::format("ssh://{}", rest.substr(0, slash))));
    if (slash < rest.size())
        location.path = TRY(decode_escapes(rest.substr(slash + 1)));
    return location;
}

Result<Destination> parse_hop(std::string_view text)
{
    return equal_ignoring_case(text.substr(0, 6), "ssh://") ? parse_uri(text) : parse_plain(text);
}

std::string to_text(const Destination& destination)
{
    auto text = destination.user.empty() ? std::string{} : destination.user + "@";
    bool brackets = destination.host.contains(':');
    text += brackets ? "[" + destination.host + "]" : destination.host;
    if (destination.port)
        text += fmt::format(":{}", *destination.port);
    return text;
}

Result<void> check_host_name(std::string_view host)
{
    if (host.empty() || host.starts_with('-') || has_control(host) ||
        host.find_first_of(" '`\"$\\;&<>|(){},") != std::string_view::npos)
        return bad_input(fmt::format("hostname \"{}\" contains invalid characters", printable(host)));
    return {};
}

Result<void> check_user_name(std::string_view user)
{
    bool bad = user.empty() || user.starts_with('-') || has_control(user) || user.ends_with('\\') ||
               user.find_first_of("'`\";&<>|(){}") != std::string_view::npos;
    // Behind it a shell that is told the name would look for a variable; at the end it is an account of a machine's.
    bad = bad || user.substr(0, user.size() - 1).contains('$');
    // A blank followed by a dash would become an option if the name is not quoted in a command.
    bad = bad || user.contains(" -") || user.contains("\t-");
    if (bad)
        return bad_input(fmt::format("user name \"{}\" contains invalid characters", printable(user)));
    return {};
}

} // namespace nacre
