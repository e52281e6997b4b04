#include "tools/keygen/times.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "base/text.h"
#include "base/time.h"

namespace nacre::keygen {

namespace {

Error not_a_time(std::string_view text)
{
    return {ErrorKind::bad_input, fmt::format("Invalid certificate time \"{}\"", printable(text)),
            DisconnectReason::by_application, 0};
}

Result<std::uint64_t> parse_seconds(std::string_view text)
{
    auto value = parse_number<std::uint64_t>(text.substr(2), 16);
    if (!value)
        return fail(not_a_time(text));
    return *value;
}

Result<std::uint64_t> parse_relative(std::string_view text, std::int64_t now)
{
    auto span = parse_duration(text.substr(1));
    if (!span)
        return fail(not_a_time(text));
    auto result = text.front() == '-' ? now - span->count() : now + span->count();
    return result < 0 ? 0 : static_cast<std::uint64_t>(result);
}

Result<std::uint64_t> parse_end(std::string_view text, std::int64_t now)
{
    if (text.starts_with('+') || text.starts_with('-'))
        return parse_relative(text, now);
    if (text.starts_with("0x"))
        return parse_seconds(text);
    auto point = parse_point_in_time(text);
    if (!point || *point < 0)
        return fail(not_a_time(text));
    return static_cast<std::uint64_t>(*point);
}

} // namespace

std::int64_t now() { return static_cast<std::int64_t>(std::time(nullptr)); }

WallClock wall_clock_at(std::int64_t seconds)
{
    std::time_t time = seconds;
    std::tm local{};
    ::localtime_r(&time, &local);
    return {seconds, seconds + local.tm_gmtoff};
}

Result<std::int64_t> parse_point_in_time(std::string_view text)
{
    auto civil = TRY(parse_civil_time(text));
    if (civil.is_utc)
        return civil.seconds;
    std::time_t as_if_utc = civil.seconds;
    std::tm fields{};
    ::gmtime_r(&as_if_utc, &fields);
    fields.tm_isdst = -1;
    return static_cast<std::int64_t>(std::mktime(&fields));
}

Result<void> set_validity(CertificateTerms& terms, std::string_view text, std::int64_t now)
{
    auto colon = text.find(':');
    auto last = colon == std::string_view::npos ? text : text.substr(colon + 1);
    // A minute of slack for clocks that are a little behind.
    auto first = static_cast<std::uint64_t>((now - 59) / 60 * 60);
    if (colon != std::string_view::npos)
        first = text.substr(0, colon) == "always" ? 0 : TRY(parse_end(text.substr(0, colon), now));
    terms.valid_after = first;
    terms.valid_before = last == "forever" ? certificate_forever : TRY(parse_end(last, now));
    if (terms.valid_before <= terms.valid_after)
        return bad_input(fmt::format("Empty certificate validity interval \"{}\"", printable(text)));
    return {};
}

std::string local_time(std::int64_t seconds, const char* format)
{
    std::time_t time = seconds;
    std::tm fields{};
    std::array<char, 64> text{};
    if (!::localtime_r(&time, &fields))
        return fmt::format("UNKNOWN-TIME({})", seconds);
    auto size = std::strftime(text.data(), text.size(), format, &fields);
    return {text.data(), size};
}

std::string describe_validity(const CertificateTerms& terms)
{
    auto shown = [](std::uint64_t seconds) {
        constexpr std::uint64_t latest = 253402300799;            // the last second of the year 9999
        return local_time(static_cast<std::int64_t>(std::min(seconds, latest)), "%Y-%m-%dT%H:%M:%S");
    };
    bool begins = terms.valid_after != 0;
    bool ends = terms.valid_before != certificate_forever;
    if (!begins && !ends)
        return "forever";
    if (!ends)
        return "after " + shown(terms.valid_after);
    if (!begins)
        return "before " + shown(terms.valid_before);
    return fmt::format("from {} to {}", shown(terms.valid_after), shown(terms.valid_before));
}

} // namespace nacre::keygen
