// Values with a structure of their own.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "config/lexer.h"
#include "config/none.h"
#include "config/spelling.h"

namespace nacre {
namespace {

Failure unknown_word(std::string_view word)
{
    return bad_input(fmt::format("unsupported value \"{}\"", printable(word)));
}

Result<Seconds> duration(std::string_view word)
{
    auto time = parse_duration(word);
    if (!time)
        return bad_input(fmt::format("invalid time value \"{}\"", printable(word)));
    return *time;
}

bool is_yes(std::string_view word) { return equal_ignoring_case(word, "yes") || equal_ignoring_case(word, "true"); }
bool is_no(std::string_view word) { return equal_ignoring_case(word, "no") || equal_ignoring_case(word, "false"); }

// Whether, and perhaps for what: the two members of T.
template <class T>
Result<void> parse_yes_no_or_word(T& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    if (is_yes(word) || is_no(word))
        value = {is_yes(word), ""};
    else
        value = {true, std::move(word)};
    return {};
}

// "512", "1.5" times 2^shift; at most 2^62.
std::optional<std::uint64_t> scaled(std::string_view text, unsigned shift)
{
    constexpr std::size_t most_digits = 9;                        // behind the point
    auto point = std::min(text.find('.'), text.size());
    auto whole = parse_number<std::uint64_t>(text.substr(0, point));
    if (!whole || *whole >= (std::uint64_t{1} << 62 >> shift))
        return std::nullopt;
    auto value = *whole << shift;
    if (point == text.size())
        return value;
    auto digits = text.substr(point + 1);
    auto part = parse_number<std::uint32_t>(digits);
    if (!part || digits.size() > most_digits || shift == 0)
        return std::nullopt;
    double fraction = *part;
    for (std::size_t i = 0; i < digits.size(); ++i)
        fraction /= 10;
    return value + static_cast<std::uint64_t>(fraction * static_cast<double>(std::uint64_t{1} << shift));
}

} // namespace

// ---- RekeyLimit ----

Result<void> Spelling<RekeyLimit>::parse(RekeyLimit& value, Arguments& arguments)
{
    constexpr std::uint64_t least = 16;
    RekeyLimit limit;
    auto size = TRY(arguments.next());
    if (!equal_ignoring_case(size, "default")) {
        unsigned shift = 0;
        switch (lower_case(size.back())) {
        case 'k': shift = 10; break;
        case 'm': shift = 20; break;
        case 'g': shift = 30; break;
        case 't': shift = 40; break;
        default: break;
        }
        auto bytes = scaled(std::string_view{size}.substr(0, size.size() - (shift != 0)), shift);
        if (!bytes)
            return bad_input(fmt::format("bad number of bytes \"{}\"", printable(size)));
        limit.bytes = *bytes;
        if (limit.bytes != 0 && limit.bytes < least)
            return bad_input("RekeyLimit too small");
    }
    if (!arguments.at_end()) {
        auto time = TRY(arguments.next());
        if (!is_none(time))
            limit.time = TRY(duration(time));
    }
    value = limit;
    return {};
}
void Spelling<RekeyLimit>::print(const RekeyLimit& value, Lines& lines)
{
    lines.add(fmt::format("{} {}", value.bytes, value.time.count()));
}

// ---- IPQoS (RFC 2474, 2597, 3246, 8622; the older names from RFC 1349) ----

namespace {

struct ServiceName {
    std::string_view name;
    int value;
};
constexpr ServiceName service_names[]{
    {"af11", 0x28}, {"af12", 0x30}, {"af13", 0x38}, {"af21", 0x48}, {"af22", 0x50}, {"af23", 0x58}, {"af31", 0x68},
    {"af32", 0x70}, {"af33", 0x78}, {"af41", 0x88}, {"af42", 0x90}, {"af43", 0x98}, {"cs0", 0x00},  {"cs1", 0x20},
    {"cs2", 0x40},  {"cs3", 0x60},  {"cs4", 0x80},  {"cs5", 0xa0},  {"cs6", 0xc0},  {"cs7", 0xe0},  {"ef", 0xb8},
    {"le", 0x04},   {"lowdelay", 0x10}, {"throughput", 0x08}, {"reliability", 0x04},
};

Result<std::optional<int>> parse_service(std::string_view word)
{
    if (is_none(word))
        return std::optional<int>{};
    for (auto& service : service_names)
        if (equal_ignoring_case(service.name, word))
            return std::optional{service.value};
    bool hexadecimal = word.starts_with("0x");
    auto value = parse_number<std::uint8_t>(word.substr(hexadecimal ? 2 : 0), hexadecimal ? 16 : 10);
    if (!value)
        return bad_input(fmt::format("bad IPQoS value \"{}\"", printable(word)));
    return std::optional<int>{*value};
}

std::string to_text(std::optional<int> service)
{
    if (!service)
        return "none";
    auto found = std::ranges::find(service_names, *service, &ServiceName::value);
    return found != std::end(service_names) ? std::string{found->name} : fmt::format("0x{:02x}", *service);
}

} // namespace

Result<void> Spelling<QualityOfService>::parse(QualityOfService& value, Arguments& arguments)
{
    QualityOfService quality;
    auto first = TRY(arguments.next());
    quality.interactive = TRY(parse_service(first));
    quality.bulk = quality.interactive;
    if (!arguments.at_end()) {
        auto second = TRY(arguments.next());
        quality.bulk = TRY(parse_service(second));
    }
    value = quality;
    return {};
}
void Spelling<QualityOfService>::print(const QualityOfService& value, Lines& lines)
{
    lines.add(to_text(value.interactive) + " " + to_text(value.bulk));
}

// ---- TunnelDevice local[:remote] ----

namespace {

Result<std::optional<std::uint32_t>> parse_unit(std::string_view word)
{
    if (equal_ignoring_case(word, "any"))
        return std::optional<std::uint32_t>{};
    auto unit = parse_number<std::uint32_t>(word);
    if (!unit || *unit > 0x7ffffffd)
        return bad_input(fmt::format("bad tunnel device \"{}\"", printable(word)));
    return unit;
}

} // namespace

Result<void> Spelling<TunnelDevice>::parse(TunnelDevice& value, Arguments& arguments)
{
    TunnelDevice device;
    auto word = TRY(arguments.next());
    auto colon = word.find(':');
    device.local = TRY(parse_unit(std::string_view{word}.substr(0, colon)));
    if (colon != std::string::npos)
        device.remote = TRY(parse_unit(std::string_view{word}.substr(colon + 1)));
    value = device;
    return {};
}
void Spelling<TunnelDevice>::print(const TunnelDevice& value, Lines& lines)
{
    auto text = [](std::optional<std::uint32_t> unit) { return unit ? fmt::format("{}", *unit) : "any"; };
    lines.add(text(value.local) + ":" + text(value.remote));
}

// ---- the agent ----

Result<void> Spelling<ForwardAgent>::parse(ForwardAgent& value, Arguments& arguments)
{
    return parse_yes_no_or_word(value, arguments);
}
void Spelling<ForwardAgent>::print(const ForwardAgent& value, Lines& lines)
{
    lines.add(!value.on ? "no" : value.socket.empty() ? "yes" : quote_word(value.socket));
}

Result<void> Spelling<AddKeysToAgent>::parse(AddKeysToAgent& value, Arguments& arguments)
{
    using When = AddKeysToAgent::When;
    AddKeysToAgent add;
    auto word = TRY(arguments.next());
    bool confirm = equal_ignoring_case(word, "confirm");
    if (is_yes(word) || is_no(word)) {
        add.when = is_yes(word) ? When::yes : When::no;
    } else if (equal_ignoring_case(word, "ask") || confirm) {
        add.when = confirm ? When::confirm : When::ask;
        if (confirm && !arguments.at_end())
            word = TRY(arguments.next());
        else
            word.clear();
        if (!word.empty())
            add.lifetime = TRY(duration(word));
    } else {
        add.when = When::yes;
        add.lifetime = TRY(duration(word));
    }
    value = add;
    return {};
}
void Spelling<AddKeysToAgent>::print(const AddKeysToAgent& value, Lines& lines)
{
    using When = AddKeysToAgent::When;
    auto lifetime = fmt::format("{}", value.lifetime.count());
    bool limited = value.lifetime.count() != 0;
    switch (value.when) {
    case When::no: return lines.add("false");
    case When::yes: return lines.add(limited ? lifetime : "true");
    case When::ask: return lines.add("ask");
    case When::confirm: return lines.add(limited ? "confirm " + lifetime : "confirm");
    }
}

// ---- ControlPersist, ObscureKeystrokeTiming ----

Result<void> Spelling<ControlPersist>::parse(ControlPersist& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    ControlPersist persist{!is_no(word), Seconds{0}};
    if (!is_yes(word) && !is_no(word))
        persist.idle = TRY(duration(word));
    value = persist;
    return {};
}
void Spelling<ControlPersist>::print(const ControlPersist& value, Lines& lines)
{
    lines.add(!value.on ? "no" : value.idle.count() == 0 ? "yes" : fmt::format("{}", value.idle.count()));
}

Result<void> Spelling<KeystrokeTiming>::parse(KeystrokeTiming& value, Arguments& arguments)
{
    constexpr std::string_view prefix = "interval:";
    auto word = TRY(arguments.next());
    KeystrokeTiming timing{!is_no(word), KeystrokeTiming{}.interval_ms};
    if (equal_ignoring_case(std::string_view{word}.substr(0, prefix.size()), prefix)) {
        auto interval = parse_number<std::uint32_t>(std::string_view{word}.substr(prefix.size()));
        if (!interval || *interval == 0 || *interval > 1000)
            return bad_input("the interval is 1 to 1000 milliseconds");
        timing.interval_ms = *interval;
    } else if (!is_yes(word) && !is_no(word)) {
        return unknown_word(word);
    }
    value = timing;
    return {};
}
void Spelling<KeystrokeTiming>::print(const KeystrokeTiming& value, Lines& lines)
{
    bool usual = value.interval_ms == KeystrokeTiming{}.interval_ms;
    lines.add(!value.on ? "no" : usual ? "yes" : fmt::format("interval:{}", value.interval_ms));
}

// ---- lists of pairs ----

Result<void> Spelling<std::vector<PermittedCname>>::parse(std::vector<PermittedCname>& value, Arguments& arguments)
{
    std::vector<PermittedCname> rules;
    auto words = TRY(arguments.all());
    if (words.size() == 1 && is_none(words[0]))
        words.clear();
    for (auto& word : words) {
        auto colon = word.find(':');
        // "*" alone: any name may be an alias of any other.
        if (colon == std::string::npos && word != "*")
            return bad_input(fmt::format("\"{}\" is not source:target", printable(word)));
        PermittedCname rule{word.substr(0, colon), colon == std::string::npos ? word : word.substr(colon + 1)};
        if (rule.source.empty() || rule.target.empty())
            return bad_input(fmt::format("\"{}\" is not source:target", printable(word)));
        rules.push_back(std::move(rule));
    }
    value = std::move(rules);
    return {};
}
void Spelling<std::vector<PermittedCname>>::print(const std::vector<PermittedCname>& value, Lines& lines)
{
    std::string text;
    for (auto& rule : value)
        text.append(text.empty() ? "" : " ").append(quote_word(rule.source + ":" + rule.target));
    lines.add(text.empty() ? "none" : text);
}

Result<void> Spelling<std::vector<ChannelTimeout>>::parse(std::vector<ChannelTimeout>& value, Arguments& arguments)
{
    std::vector<ChannelTimeout> timeouts;
    auto words = TRY(arguments.all());
    if (words.size() == 1 && is_none(words[0]))
        words.clear();
    for (auto& word : words) {
        auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return bad_input(fmt::format("\"{}\" is not type=interval", printable(word)));
        auto written = word.substr(equals + 1);
        auto idle = TRY(duration(written));
        timeouts.push_back({word.substr(0, equals), idle, std::move(written)});
    }
    value = std::move(timeouts);
    return {};
}
void Spelling<std::vector<ChannelTimeout>>::print(const std::vector<ChannelTimeout>& value, Lines& lines)
{
    std::string text;
    for (auto& timeout : value) {
        text.append(text.empty() ? "" : " ");
        text += quote_word(fmt::format("{}={}", timeout.type, timeout.written));
    }
    lines.add(text.empty() ? "none" : text);
}

Result<void> Spelling<std::vector<Variable>>::parse(std::vector<Variable>& value, Arguments& arguments)
{
    std::vector<Variable> variables;
    auto words = TRY(arguments.all());
    for (auto& word : words) {
        auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return bad_input(fmt::format("\"{}\" is not NAME=VALUE", printable(word)));
        Variable variable{word.substr(0, equals), word.substr(equals + 1)};
        if (std::ranges::find(variables, variable.name, &Variable::name) == variables.end())
            variables.push_back(std::move(variable));
    }
    value = std::move(variables);
    return {};
}
// On one line: of several lines only the first would count when read back.
void Spelling<std::vector<Variable>>::print(const std::vector<Variable>& value, Lines& lines)
{
    std::string text;
    for (auto& variable : value)
        text.append(text.empty() ? "" : " ").append(quote_word(variable.name + "=" + variable.value));
    if (!text.empty())
        lines.add(text);
}

// ---- small sets ----

// Everything but "yes" and "no" as they are written here is a pattern list: "true" is a variable's name.
Result<void> Spelling<UserEnvironment>::parse(UserEnvironment& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    bool is_list = word != "yes" && word != "no";
    value = {word != "no", is_list ? std::move(word) : std::string{}};
    return {};
}
void Spelling<UserEnvironment>::print(const UserEnvironment& value, Lines& lines)
{
    lines.add(!value.on ? "no" : value.names.empty() ? "yes" : quote_word(value.names));
}

Result<void> Spelling<PubkeyAuthOptions>::parse(PubkeyAuthOptions& value, Arguments& arguments)
{
    PubkeyAuthOptions options;
    auto words = TRY(arguments.all());
    for (auto& word : words) {
        if (equal_ignoring_case(word, "touch-required"))
            options.touch_required = true;
        else if (equal_ignoring_case(word, "verify-required"))
            options.verify_required = true;
        else if (!is_none(word))
            return unknown_word(word);
    }
    value = options;
    return {};
}
void Spelling<PubkeyAuthOptions>::print(const PubkeyAuthOptions& value, Lines& lines)
{
    std::string text = value.touch_required ? "touch-required" : "";
    if (value.verify_required)
        text += text.empty() ? "verify-required" : " verify-required";
    lines.add(text.empty() ? "none" : text);
}

// ---- Subsystem name command arguments … ----

Result<void> Spelling<std::vector<Subsystem>>::parse(std::vector<Subsystem>& value, Arguments& arguments)
{
    Subsystem subsystem;
    subsystem.name = TRY(arguments.next());
    auto words = TRY(arguments.all());
    for (auto& word : words)
        subsystem.command.append(subsystem.command.empty() ? "" : " ").append(quote_word(word));
    if (std::ranges::find(value, subsystem.name, &Subsystem::name) != value.end())
        return {};
    return add_new(value, std::move(subsystem));
}
void Spelling<std::vector<Subsystem>>::print(const std::vector<Subsystem>& value, Lines& lines)
{
    for (auto& subsystem : value)
        lines.add(quote_word(subsystem.name) + " " + subsystem.command);
}
void Spelling<std::vector<Subsystem>>::merge(std::vector<Subsystem>& into, const std::vector<Subsystem>& from)
{
    for (auto& subsystem : from) {
        auto same = std::ranges::find(into, subsystem.name, &Subsystem::name);
        if (same == into.end())
            into.push_back(subsystem);
        else
            same->command = subsystem.command;
    }
}

} // namespace nacre
