// The options of an authorized_keys line, one row each (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/port.h"
#include "base/text.h"
#include "keys/authorized_keys.h"

namespace nacre {

namespace {

constexpr std::size_t environment_limit = 1024;
constexpr std::size_t permission_limit = 4096;
constexpr std::size_t host_name_limit = 1024;

using Status = Result<void>;

Status set_once(std::optional<std::string>& place, std::string value)
{
    if (place)
        return bad_input("given twice");
    place = std::move(value);
    return {};
}

Status add_environment(KeyOptions& options, std::string value)
{
    auto equals = value.find('=');
    auto name = value.substr(0, equals);
    auto is_name_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (equals == std::string::npos || name.empty() || !std::ranges::all_of(name, is_name_letter))
        return bad_input("not NAME=value");
    if (options.environment.size() >= environment_limit)
        return bad_input("too many variables");
    if (std::ranges::find(options.environment, name, &EnvironmentEntry::name) == options.environment.end())
        options.environment.push_back({std::move(name), value.substr(equals + 1)});
    return {};
}

Result<KeyPermittedAddress> parse_permitted_address(std::string_view text)
{
    auto port_at = text.rfind(':');
    if (port_at == std::string_view::npos)
        return bad_input("not host:port");
    auto host = text.substr(0, port_at);
    auto port = text.substr(port_at + 1);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return bad_input("an IPv6 address needs brackets");
    if (host.empty() || host.size() >= host_name_limit)
        return bad_input("not host:port");
    KeyPermittedAddress address{std::string{host}, std::nullopt};
    if (port == "*")
        return address;
    address.port = parse_port(port);
    if (!address.port)
        return bad_input("bad port");
    return address;
}

Status add_permission(std::vector<KeyPermittedAddress>& list, std::string_view value)
{
    if (list.size() >= permission_limit)
        return bad_input("too many of them");
    auto address = TRY(parse_permitted_address(value));
    list.push_back(std::move(address));
    return {};
}

Status add_permit_listen(KeyOptions& options, std::string value)
{
    // A port alone: on whatever address the client asks for.
    if (value.find(':') == std::string::npos)
        value.insert(0, "*:");
    return add_permission(options.permit_listen, value);
}

Status add_expiry(KeyOptions& options, std::string value)
{
    auto time = TRY(parse_civil_time(value));
    options.expires.push_back(time);
    return {};
}

Status set_tunnel(KeyOptions& options, std::string value)
{
    options.tunnel_device = KeyOptions::any_tunnel;
    if (equal_ignoring_case(value, "any"))
        return {};
    options.tunnel_device = parse_number<std::uint32_t>(value);
    if (!options.tunnel_device || *options.tunnel_device >= KeyOptions::any_tunnel)
        return bad_input("not a number of a device");
    return {};
}

struct FlagOption {
    std::string_view name;
    bool KeyOptions::* member;
    bool may_be_negated;                                          // "no-" before the name
};

constexpr std::array flag_options{
    FlagOption{"agent-forwarding", &KeyOptions::permit_agent_forwarding, true},
    FlagOption{"cert-authority", &KeyOptions::cert_authority, false},
    FlagOption{"port-forwarding", &KeyOptions::permit_port_forwarding, true},
    FlagOption{"pty", &KeyOptions::permit_pty, true},
    FlagOption{"touch-required", &KeyOptions::require_touch, true},
    FlagOption{"user-rc", &KeyOptions::permit_user_rc, true},
    FlagOption{"verify-required", &KeyOptions::require_verify, true},
    FlagOption{"x11-forwarding", &KeyOptions::permit_x11_forwarding, true},
};

struct ValueOption {
    std::string_view name;
    Status (*apply)(KeyOptions& options, std::string value);
};

constexpr std::array value_options{
    ValueOption{"command", [](KeyOptions& o, std::string v) { return set_once(o.command, std::move(v)); }},
    ValueOption{"environment", add_environment},
    ValueOption{"expiry-time", add_expiry},
    ValueOption{"from", [](KeyOptions& o, std::string v) { return set_once(o.from, std::move(v)); }},
    ValueOption{"permitlisten", add_permit_listen},
    ValueOption{"permitopen", [](KeyOptions& o, std::string v) { return add_permission(o.permit_open, v); }},
    ValueOption{"principals", [](KeyOptions& o, std::string v) { return set_once(o.principals, std::move(v)); }},
    ValueOption{"tunnel", set_tunnel},
};

void restrict_all(KeyOptions& options)
{
    options.restricted = true;
    options.permit_agent_forwarding = false;
    options.permit_port_forwarding = false;
    options.permit_pty = false;
    options.permit_user_rc = false;
    options.permit_x11_forwarding = false;
}

Failure unknown_option(std::string_view name)
{
    return bad_input(fmt::format("unknown key option \"{}\"", printable(name)));
}

Status apply_flag(KeyOptions& options, std::string_view name)
{
    auto lower = to_lower(name);
    if (lower == "restrict") {
        restrict_all(options);
        return {};
    }
    bool negated = lower.starts_with("no-");
    auto* row = std::ranges::find(flag_options, std::string_view{lower}.substr(negated ? 3 : 0), &FlagOption::name);
    if (row == flag_options.end() || (negated && !row->may_be_negated))
        return unknown_option(name);
    options.*row->member = !negated;
    return {};
}

Status apply_value(KeyOptions& options, std::string_view name, std::string value)
{
    auto* row = std::ranges::find(value_options, to_lower(name), &ValueOption::name);
    if (row == value_options.end())
        return unknown_option(name);
    auto applied = row->apply(options, std::move(value));
    if (!applied)
        return fail(in_context(row->name, std::move(applied.error())));
    return {};
}

// A quoted value: `\"` stands for a quote, every other backslash for itself.
Result<std::string> take_quoted(std::string_view& text)
{
    if (!text.starts_with('"'))
        return bad_input("the value of a key option must be quoted");
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (text.substr(i).starts_with("\\\""))
            ++i;
        value += text[i];
    }
    return bad_input("a quotation is not closed");
}

std::optional<unsigned> number_at(std::string_view digits, std::size_t at, std::size_t count)
{
    return parse_number<unsigned>(digits.substr(at, count));
}

} // namespace

Result<KeyOptions> parse_key_options(std::string_view text)
{
    KeyOptions options;
    text = trim(text);
    while (!text.empty()) {
        if (text.starts_with(',')) {                              // nothing need stand between two: OpenSSH takes "no-pty,"
            text.remove_prefix(1);
            continue;
        }
        auto name = text.substr(0, text.find_first_of("=,"));
        text.remove_prefix(name.size());
        if (text.starts_with('=')) {
            text.remove_prefix(1);
            auto value = TRY(take_quoted(text));
            TRY(apply_value(options, name, std::move(value)));
        } else {
            TRY(apply_flag(options, name));
        }
        if (text.empty())
            break;
        if (!text.starts_with(','))
            return bad_input("key options must be separated by commas");
    }
    return options;
}

Result<CivilTime> parse_civil_time(std::string_view text)
{
    CivilTime time;
    for (std::string_view zone : {"Z", "UTC"})
        if (!time.is_utc && text.size() > zone.size() &&
            equal_ignoring_case(text.substr(text.size() - zone.size()), zone)) {
            time.is_utc = true;
            text.remove_suffix(zone.size());
        }
    bool digits_only = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits_only || (text.size() != 8 && text.size() != 12 && text.size() != 14))
        return bad_input("not a time as YYYYMMDD[HHMM[SS]][Z]");
    std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*number_at(text, 0, 4))},
        std::chrono::month{*number_at(text, 4, 2)}, std::chrono::day{*number_at(text, 6, 2)}};
    auto hour = text.size() >= 12 ? *number_at(text, 8, 2) : 0;
    auto minute = text.size() >= 12 ? *number_at(text, 10, 2) : 0;
    auto second = text.size() >= 14 ? *number_at(text, 12, 2) : 0;
    if (!date.ok() || date.year() < std::chrono::year{1970} || hour > 23 || minute > 59 || second > 59)
        return bad_input("there is no such time");
    auto days = std::chrono::sys_days{date}.time_since_epoch().count();
    time.seconds = std::int64_t{days} * 86400 + hour * 3600 + minute * 60 + second;
    return time;
}

} // namespace nacre
