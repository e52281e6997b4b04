#include "server/authorized_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "base/text.h"
#include "keys/fingerprint.h"

namespace nacre {

namespace {

// What a line asks of the connection and the clock.
bool lets_in_here_and_now(const KeyOptions& options, std::string_view place, const LineCheck& check, Log& log)
{
    if (options.from && !matches_client_list(check.connection.peer_host, check.connection.peer_name, *options.from)) {
        log.info("{}: Authentication tried for {} with correct key but not from a permitted host "
                 "(host={}, ip={}, required={}).",
                 printable(place), printable(check.user), printable(check.connection.peer_name),
                 check.connection.peer_host, printable(*options.from));
        return false;
    }
    if (std::ranges::any_of(options.expires, [&](auto& time) { return check.now.has_reached(time); })) {
        log.info("Authentication tried for {} with a key that has expired ({})", printable(check.user), printable(place));
        return false;
    }
    return true;
}

// "[options] name"
std::optional<KeyOptions> options_of_principal(std::string_view line, std::string_view place, const LineCheck& check,
                                               Log& log)
{
    line = trim(line.substr(0, line.find('#')));
    if (line.empty())
        return std::nullopt;
    auto blank = line.find_last_of(" \t");
    std::vector names{std::string{line.substr(blank + 1)}};
    auto& listed = check.certificate->terms.principals;
    if (std::ranges::find(listed, names.front()) == listed.end())
        return std::nullopt;
    auto options = parse_key_options(blank == std::string_view::npos ? "" : trim(line.substr(0, blank)));
    if (!options || options->cert_authority || options->principals) {
        log.info("{}: bad principal options: {}", printable(place), options ? "out of place" : printable(options.error().what));
        return std::nullopt;
    }
    if (!lets_in_here_and_now(*options, place, check, log))
        return std::nullopt;
    return options_with_certificate(*options, names, check, log);
}

template <class OptionsOfLine>
std::optional<KeyPermission> search_lines(const FileLines& lines, OptionsOfLine options_of, Log& log)
{
    bool told_here = false;
    bool& told = lines.told ? *lines.told : told_here;            // once: the file is its owner's, the log is not
    auto text = lines.text;
    for (auto number = lines.first; !text.empty(); ++number) {
        auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        auto place = fmt::format("{}:{}", lines.file, number);
        if (line.size() > authorized_keys_line_limit) {
            if (!std::exchange(told, true))
                log.info("{}: the line is not used: it is longer than {} bytes", printable(place),
                         authorized_keys_line_limit);
            continue;
        }
        if (auto options = options_of(line, place))
            return KeyPermission{*std::move(options), std::move(place)};
    }
    return std::nullopt;
}

} // namespace

std::optional<KeyOptions> options_with_certificate(const KeyOptions& options, std::span<const std::string> names,
                                                   const LineCheck& check, Log& log, WithoutPrincipals without)
{
    CertificateUse use{.role = CertificateRole::user,
                       .names = names,
                       .now = static_cast<std::uint64_t>(std::max<std::int64_t>(check.now.utc, 0)),
                       .authority_algorithms = check.authority_algorithms,
                       .address = check.connection.peer_host,
                       .minimum_rsa_bits = check.minimum_rsa_bits,
                       .without_principals = without};
    auto left = evaluate(*check.certificate, use);
    if (!left) {
        log.info("{}", printable(left.error().what));
        return std::nullopt;
    }
    auto both = restricted_by_both(*left, options);
    if (!both)
        log.info("the certificate and its authority's line force different commands");
    return both;
}

std::optional<KeyOptions> options_of_line(std::string_view text, std::string_view place, const LineCheck& check, Log& log)
{
    auto line = split_authorized_keys_line(text);
    auto& key = check.certificate ? check.certificate->authority : check.key;
    if (!line || !*line || !(*line)->names(key))
        return std::nullopt;
    log.debug1("{}: matching key found: {} {}", printable(place), key.type().name,
               fingerprint(key, check.fingerprint_hash));
    auto options = parse_key_options((*line)->options);
    if (!options) {
        log.info("{}: bad key options: {}", printable(place), printable(options.error().what));
        return std::nullopt;
    }
    // An authority vouches for certificates and opens nothing itself; any other key vouches for nobody.
    if (options->cert_authority != (check.certificate != nullptr) || check.key.is_certificate() != options->cert_authority)
        return std::nullopt;
    if (options->principals && !options->cert_authority) {
        log.info("{}: principals= without cert-authority: the line is not used", printable(place));
        return std::nullopt;
    }
    if (!lets_in_here_and_now(*options, place, check, log))
        return std::nullopt;
    if (!check.certificate)
        return *std::move(options);
    std::vector<std::string> names{check.user};
    if (options->principals) {
        names.clear();
        for (auto name : split(*options->principals, ','))
            names.emplace_back(trim(name));
    }
    return options_with_certificate(*options, names, check, log,
                                    options->principals ? WithoutPrincipals::nobodys : check.without_principals);
}

std::optional<KeyPermission> search_authorized_keys(const FileLines& lines, const LineCheck& check, Log& log)
{
    auto options_of = [&](std::string_view line, std::string_view place) {
        return options_of_line(line, place, check, log);
    };
    return search_lines(lines, options_of, log);
}

std::optional<KeyPermission> search_principals(const FileLines& lines, const LineCheck& check, Log& log)
{
    auto options_of = [&](std::string_view line, std::string_view place) {
        return options_of_principal(line, place, check, log);
    };
    return search_lines(lines, options_of, log);
}

namespace {

// What both lists allow; an empty list allows everything.  Of two different patterns it is not known what they share, so
// that counts as nothing.
std::vector<KeyPermittedAddress> allowed_by_both(const std::vector<KeyPermittedAddress>& first,
                                                 const std::vector<KeyPermittedAddress>& second)
{
    if (first.empty() || second.empty())
        return first.empty() ? second : first;
    std::vector<KeyPermittedAddress> both;
    for (auto& a : first)
        for (auto& b : second) {
            bool same_host = a.host == b.host || a.host == "*" || b.host == "*";
            bool same_port = !a.port || !b.port || a.port == b.port;
            if (same_host && same_port)
                both.push_back({a.host == "*" ? b.host : a.host, a.port ? a.port : b.port});
        }
    if (both.empty())
        both.push_back(KeyPermittedAddress::nowhere());
    return both;
}

// False: they contradict each other.
bool combine_tunnels(KeyOptions& both, const KeyOptions& first, const KeyOptions& second)
{
    if (!first.permits_tunnel() || !second.permits_tunnel()) {
        both.tunnel_device.reset();
        both.restricted = true;
        return true;
    }
    auto one = first.tunnel_device.value_or(KeyOptions::any_tunnel);
    auto other = second.tunnel_device.value_or(KeyOptions::any_tunnel);
    if (one != other && one != KeyOptions::any_tunnel && other != KeyOptions::any_tunnel)
        return false;
    if (first.tunnel_device || second.tunnel_device)
        both.tunnel_device = std::min(one, other);
    return true;
}

} // namespace

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
    both.require_touch = first.require_touch || second.require_touch;
    both.require_verify = first.require_verify || second.require_verify;
    if (first.command)
        both.command = first.command;
    both.permit_open = allowed_by_both(first.permit_open, second.permit_open);
    both.permit_listen = allowed_by_both(first.permit_listen, second.permit_listen);
    if (!combine_tunnels(both, first, second))
        return std::nullopt;
    both.expires.insert(both.expires.end(), first.expires.begin(), first.expires.end());
    both.environment.insert(both.environment.end(), first.environment.begin(), first.environment.end());
    return both;
}

KeyOptions terminal_alone()
{
    KeyOptions options;
    options.permit_agent_forwarding = false;
    options.permit_port_forwarding = false;
    options.permit_user_rc = false;
    options.permit_x11_forwarding = false;
    options.restricted = true;
    return options;
}

} // namespace nacre
