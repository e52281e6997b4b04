#include "server/authorized_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "keys/fingerprint.h"

namespace nacre {

bool is_from(std::string_view patterns, const ConnectionInfo& connection)
{
    auto by_address = match_address_list(connection.peer_host, patterns);
    if (!by_address || *by_address == PatternMatch::negated)
        return false;
    auto by_name = matches_pattern_list(connection.peer_name, patterns, Case::ignored);
    if (by_name == PatternMatch::negated)
        return false;
    return *by_address == PatternMatch::yes || by_name == PatternMatch::yes;
}

std::optional<KeyOptions> options_of_line(std::string_view text, std::string_view place, const LineCheck& check, Log& log)
{
    auto line = split_authorized_keys_line(text);
    if (!line || !*line || !(*line)->names(check.key))
        return std::nullopt;
    log.debug1("{}: matching key found: {} {}", printable(place), check.key.type().name, fingerprint(check.key));
    auto options = parse_key_options((*line)->options);
    if (!options) {
        log.info("{}: bad key options: {}", printable(place), printable(options.error().what));
        return std::nullopt;
    }
    if (options->cert_authority)
        return std::nullopt;                                      // vouches for certificates, opens nothing itself
    if (options->from && !is_from(*options->from, check.connection)) {
        log.info("Authentication tried for {} with correct key but not from a permitted host (host={}, ip={}).",
                 printable(check.user), printable(check.connection.peer_name), check.connection.peer_host);
        return std::nullopt;
    }
    bool expired = std::ranges::any_of(options->expires, [&](auto& time) { return check.now.has_reached(time); });
    if (expired) {
        log.info("Authentication tried for {} with a key that has expired ({})", printable(check.user), printable(place));
        return std::nullopt;
    }
    return *std::move(options);
}

std::optional<KeyPermission> search_authorized_keys(std::string_view text, std::string_view file, const LineCheck& check,
                                                    Log& log)
{
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.size() > authorized_keys_line_limit)
            continue;
        auto place = fmt::format("{}:{}", file, number);
        if (auto options = options_of_line(line, place, check, log))
            return KeyPermission{*std::move(options), std::move(place)};
    }
    return std::nullopt;
}

std::optional<KeyOptions> restricted_by_both(const KeyOptions& first, const KeyOptions& second)
{
    if (first.command && second.command && *first.command != *second.command)
        return std::nullopt;
    KeyOptions both = second;
    both.permit_agent_forwarding = first.permit_agent_forwarding && second.permit_agent_forwarding;
    both.permit_port_forwarding = first.permit_port_forwarding && second.permit_port_forwarding;
    both.permit_pty = first.permit_pty && second.permit_pty;
    both.permit_user_rc = first.permit_user_rc && second.permit_user_rc;
    both.permit_x11_forwarding = first.permit_x11_forwarding && second.permit_x11_forwarding;
    both.restricted = first.restricted || second.restricted;
    if (first.command)
        both.command = first.command;
    if (second.permit_open.empty())
        both.permit_open = first.permit_open;
    if (second.permit_listen.empty())
        both.permit_listen = first.permit_listen;
    both.expires.insert(both.expires.end(), first.expires.begin(), first.expires.end());
    both.environment.insert(both.environment.end(), first.environment.begin(), first.environment.end());
    return both;
}

} // namespace nacre
