#include "scp/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/braces.h"
#include "base/text.h"

namespace nacre::scp {

namespace {

Failure malformed(std::string_view what) { return peer_misbehaved(fmt::format("protocol error: {}", what)); }

// The number at the front, which must be followed by `end`; both are taken away.
template <class T>
std::optional<T> take_number(std::string_view& text, char end)
{
    auto stop = text.find(end);
    if (stop == text.npos)
        return std::nullopt;
    auto number = parse_number<T>(text.substr(0, stop));
    text.remove_prefix(stop + 1);
    return number;
}

Result<Record> parse_times(std::string_view text)
{
    auto modification = take_number<std::uint64_t>(text, ' ');
    auto microseconds = take_number<std::uint32_t>(text, ' ');
    auto access = take_number<std::uint64_t>(text, ' ');
    auto more_microseconds = parse_number<std::uint32_t>(text);
    if (!modification || !access || !microseconds || !more_microseconds)
        return malformed("bad times");
    return TimesRecord{*modification, *access};
}

Result<Record> parse_entry(char kind, std::string_view text)
{
    auto mode = parse_number<std::uint32_t>(text.substr(0, 4), 8);
    if (!mode || text.size() < 5 || text[4] != ' ')
        return malformed("bad mode");
    text.remove_prefix(5);
    auto size = take_number<std::uint64_t>(text, ' ');
    if (!size || *size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return malformed("bad size");
    if (!is_plain_name(text))
        return malformed(fmt::format("unexpected filename \"{}\"", printable(text)));
    if (kind == 'D')
        return DirectoryRecord{*mode, std::string{text}};
    return FileRecord{*mode, *size, std::string{text}};
}

// A name that holds a newline would end the line: written as the tools before us did.
std::string on_one_line(std::string_view name)
{
    std::string text;
    for (char c : name) {
        if (c == '\n')
            text += "\\^J";
        else
            text += c;
    }
    return text;
}

// Shell patterns: *, ?, [abc], [!a-z], and backslashes.  Linear in the text for each star.
bool matches(std::string_view name, std::string_view pattern);

// Whether `c` is in the bracket that `pattern` begins with; takes the bracket away.  Nothing: it is no bracket.
std::optional<bool> in_bracket(char c, std::string_view& pattern)
{
    auto rest = pattern.substr(1);
    bool negated = rest.starts_with('!') || rest.starts_with('^');
    if (negated)
        rest.remove_prefix(1);
    bool found = false, first = true;
    while (!rest.empty() && (first || rest[0] != ']')) {
        first = false;
        char low = rest[0], high = low;
        rest.remove_prefix(1);
        if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
            high = rest[1];
            rest.remove_prefix(2);
        }
        found = found || (c >= low && c <= high);
    }
    if (rest.empty())
        return std::nullopt;
    pattern = rest.substr(1);
    return found != negated;
}

bool matches_here(char c, std::string_view& pattern)
{
    if (pattern[0] == '?') {
        pattern.remove_prefix(1);
        return true;
    }
    if (pattern[0] == '[')
        if (auto inside = in_bracket(c, pattern))
            return *inside;
    if (pattern[0] == '\\' && pattern.size() > 1)
        pattern.remove_prefix(1);
    bool same = pattern[0] == c;
    pattern.remove_prefix(1);
    return same;
}

bool matches(std::string_view name, std::string_view pattern)
{
    std::optional<std::pair<std::string_view, std::string_view>> retry;   // behind the last star: pattern, name
    for (;;) {
        if (!pattern.empty() && pattern[0] == '*') {
            pattern.remove_prefix(1);
            retry = {pattern, name};
            continue;
        }
        if (name.empty() && pattern.empty())
            return true;
        if (!name.empty() && !pattern.empty() && matches_here(name[0], pattern)) {
            name.remove_prefix(1);
            continue;
        }
        if (!retry || retry->second.empty())
            return false;
        retry->second.remove_prefix(1);
        pattern = retry->first;
        name = retry->second;
    }
}

constexpr std::size_t most_patterns = 1024;

} // namespace

Result<Record> parse_record(std::string_view line)
{
    if (line.empty())
        return malformed("an empty line");
    auto rest = line.substr(1);
    switch (line[0]) {
    case '\1':
    case '\2': return ErrorRecord{std::string{rest}, line[0] == '\2'};
    case 'T': return parse_times(rest);
    case 'C':
    case 'D': return parse_entry(line[0], rest);
    case 'E':
        if (rest.empty())
            return EndRecord{};
        break;
    default: break;
    }
    return malformed(fmt::format("\"{}\"", printable(line.substr(0, 80))));
}

std::string to_line(const TimesRecord& record) { return fmt::format("T{} 0 {} 0\n", record.modification, record.access); }

std::string to_line(const FileRecord& record)
{
    return fmt::format("C{:04o} {} {}\n", record.mode & 07777, record.size, on_one_line(record.name));
}

std::string to_line(const DirectoryRecord& record)
{
    return fmt::format("D{:04o} 0 {}\n", record.mode & 07777, on_one_line(record.name));
}

std::string error_line(std::string_view sentence) { return fmt::format("\1scp: {}\n", sentence); }

bool fits_request(std::string_view name, std::string_view request)
{
    auto patterns = expand_braces(request, most_patterns);
    return name == request || (patterns && std::ranges::any_of(*patterns, [&](auto& pattern) {
        return name == pattern || matches(name, pattern);
    }));
}

} // namespace nacre::scp
