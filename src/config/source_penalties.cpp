// PerSourcePenalties: "no", "yes", or words of name:value, where each name keeps its first value.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "config/spelling.h"

namespace nacre {
namespace {

using Time = SourcePenalties::Time;

struct TimeName {
    std::string_view name;
    Time SourcePenalties::*member;
};
constexpr TimeName times[]{
    {"crash", &SourcePenalties::crash},
    {"authfail", &SourcePenalties::authfail},
    {"noauth", &SourcePenalties::noauth},
    {"invaliduser", &SourcePenalties::invaliduser},
    {"grace-exceeded", &SourcePenalties::grace_exceeded},
    {"refuseconnection", &SourcePenalties::refuseconnection},
    {"max", &SourcePenalties::max},
    {"min", &SourcePenalties::min},
};

struct CountName {
    std::string_view name;
    std::uint32_t SourcePenalties::*member;
};
constexpr CountName counts[]{
    {"max-sources4", &SourcePenalties::max_sources4},
    {"max-sources6", &SourcePenalties::max_sources6},
};

struct OverflowName {
    std::string_view name;
    SourcePenalties::Overflow SourcePenalties::*member;
};
constexpr OverflowName overflows[]{
    {"overflow", &SourcePenalties::overflow},
    {"overflow6", &SourcePenalties::overflow6},
};

// Its row is the last one.  Where it is not said, what "overflow" says is meant for both.
constexpr std::uint32_t overflow6_bit = 1U << (std::size(times) + std::size(counts) + std::size(overflows));

// "90", "1m30s", and "0.5": a fraction of seconds.
Result<Time> parse_time(std::string_view text)
{
    auto dot = text.find('.');
    auto whole = parse_duration(text.substr(0, dot));
    auto result = whole ? std::optional<Time>{*whole} : std::nullopt;
    if (dot != std::string_view::npos && result) {
        auto digits = text.substr(dot + 1);
        bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
        auto thousandths = std::string{digits.substr(0, 3)};
        thousandths.resize(3, '0');
        if (!all_digits || !parse_number<std::uint32_t>(text.substr(0, dot)))
            result.reset();
        else
            *result += Time{parse_number<int>(thousandths).value_or(0)};
    }
    if (!result)
        return bad_input(fmt::format("invalid time value \"{}\"", printable(text)));
    return *result;
}

Failure unknown(std::string_view word) { return bad_input(fmt::format("unsupported value \"{}\"", printable(word))); }

// Sets what the word names; unless it was set before.
Result<void> parse_pair(SourcePenalties& penalties, std::string_view word)
{
    auto colon = word.find(':');
    if (colon == std::string_view::npos)
        return unknown(word);
    auto name = word.substr(0, colon);
    auto value = word.substr(colon + 1);
    std::uint32_t bit = 1;
    auto first = [&] { return (std::exchange(penalties.given.bits, penalties.given.bits | bit) & bit) == 0; };
    for (auto& row : times) {
        bit <<= 1;
        if (!equal_ignoring_case(row.name, name))
            continue;
        auto time = TRY(parse_time(value));
        if (first())
            penalties.*row.member = time;
        return {};
    }
    for (auto& row : counts) {
        bit <<= 1;
        if (!equal_ignoring_case(row.name, name))
            continue;
        auto count = parse_number<std::uint32_t>(value);
        if (!count || *count == 0)
            return unknown(word);
        if (first())
            penalties.*row.member = *count;
        return {};
    }
    for (auto& row : overflows) {
        bit <<= 1;
        if (!equal_ignoring_case(row.name, name))
            continue;
        bool deny = equal_ignoring_case(value, "deny-all");
        if (!deny && !equal_ignoring_case(value, "permissive"))
            return unknown(word);
        if (first())
            penalties.*row.member = deny ? SourcePenalties::Overflow::deny_all : SourcePenalties::Overflow::permissive;
        return {};
    }
    return unknown(word);
}

} // namespace

Result<void> Spelling<SourcePenalties>::parse(SourcePenalties& value, Arguments& arguments)
{
    auto words = TRY(arguments.all());
    for (auto& word : words) {
        bool yes = equal_ignoring_case(word, "yes"), no = equal_ignoring_case(word, "no");
        if (!yes && !no) {
            TRY(parse_pair(value, word));
            continue;
        }
        if ((value.given.bits & 1) == 0)
            value.on = yes;
        value.given.bits |= 1;
    }
    if ((value.given.bits & overflow6_bit) == 0)
        value.overflow6 = value.overflow;
    return {};
}

void Spelling<SourcePenalties>::print(const SourcePenalties& value, Lines& lines)
{
    if (!value.on)
        return lines.add("no");
    std::string text;
    auto add = [&](std::string_view name, std::string_view what) {
        text.append(text.empty() ? "" : " ").append(name).append(":").append(what);
    };
    for (auto& row : times) {
        auto time = (value.*row.member).count();
        add(row.name, fmt::format("{}.{:03}000", time / 1000, time % 1000));
    }
    for (auto& row : counts)
        add(row.name, fmt::format("{}", value.*row.member));
    for (auto& row : overflows)
        add(row.name, value.*row.member == SourcePenalties::Overflow::deny_all ? "deny-all" : "permissive");
    lines.add(text);
}

} // namespace nacre
