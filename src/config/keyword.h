// A row of the keyword tables: everything the rest of the program wants to know about one keyword.
//
// Parser, printer, comparison with the default and copying follow from the member that the row names and
// from how values of its type are spelled (spelling.h), so that a new keyword is one member and one line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace nacre {

enum class Support : std::uint8_t {
    obeyed,
    ours,            // obeyed, and unknown to OpenSSH: printed only where it is not the default, so that it can read us
    later,           // parsed and kept; a value other than the default draws a warning
    later_quietly,   // the same without the warning: what is missing is an offer that the peer can do without
    ignored,         // accepted with any value, silently
    deprecated,      // accepted with any value; worth a word
    unsupported,     // on purpose: accepted with any value, and a warning; with a member only where that is not the default
    structure,       // Host, Match, Include
};
enum class Repeat : std::uint8_t { first_wins, accumulates };
enum class Where : std::uint8_t { anywhere, outside_match };
// What becomes of a path when the file is read; later the program is somebody else, somewhere else.
enum class Paths : std::uint8_t {
    as_written,
    from_home,       // "~" is replaced
    whole,           // and what is still relative begins where the program was started
};

// What stands behind the keyword, handed out word by word.
class Arguments {
public:
    enum class From : std::uint8_t { file, command_line };
    Arguments(std::vector<std::string> words, std::string text, From from = From::file)
        : words_(std::move(words)), text_(std::move(text)), from_(from)
    {
    }

    bool at_end() const { return next_ == words_.size(); }
    Result<std::string> next();                                   // missing or empty: an error
    Result<std::vector<std::string>> all();                       // at least one
    Result<std::string> whole_text();                             // everything as written, comments too: for commands
    bool take(std::string_view word);                             // if it is the next one, in any case
    From from() const { return from_; }
    const std::string& text() const { return text_; }             // as written, with everything behind it

private:
    std::vector<std::string> words_;
    std::string text_;
    std::size_t next_ = 0;
    From from_;
};

// Where a printer puts "keyword value" lines.
class Lines {
public:
    Lines(std::string& out, std::string_view keyword) : out_(out), keyword_(to_lower(keyword)) {}
    void add(std::string_view value) { out_.append(keyword_).append(" ").append(value).append("\n"); }

private:
    std::string& out_;
    std::string keyword_;
};

template <class Options>
struct Keyword {
    std::string_view name;
    Support support = Support::ignored;
    Where where = Where::anywhere;
    Repeat repeat = Repeat::first_wins;
    std::string_view description;
    Paths paths = Paths::as_written;
    // Null for rows without a member; print also for unprinted() ones.
    Result<void> (*parse)(Options&, Arguments&) = nullptr;
    void (*print)(const Options&, Lines&) = nullptr;
    bool (*same)(const Options&, const Options&) = nullptr;
    void (*override_with)(Options& into, const Options& from) = nullptr;   // what a Match block does
};

// Another name for the same row.
struct KeywordAlias {
    std::string_view name, keyword;
};

template <class Options>
struct KeywordTable {
    std::span<const Keyword<Options>> rows;                       // sorted, ignoring case
    std::span<const KeywordAlias> aliases;                        // the same

    const Keyword<Options>* find(std::string_view name) const;
    std::size_t index_of(const Keyword<Options>& row) const { return static_cast<std::size_t>(&row - rows.data()); }
};

constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool less_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::lexicographical_compare(a, b, {}, lower_case, lower_case);
}

// Each name once, in order.
template <class Rows>
constexpr bool sorted_ignoring_case(const Rows& rows)
{
    return std::ranges::adjacent_find(rows, [](auto& a, auto& b) { return !less_ignoring_case(a.name, b.name); }) ==
           std::ranges::end(rows);
}

template <class Row>
const Row* find_ignoring_case(std::span<const Row> rows, std::string_view name)
{
    auto found = std::ranges::lower_bound(rows, name, less_ignoring_case, &Row::name);
    return found != rows.end() && equal_ignoring_case(found->name, name) ? &*found : nullptr;
}

template <class Options>
const Keyword<Options>* KeywordTable<Options>::find(std::string_view name) const
{
    if (auto* alias = find_ignoring_case(aliases, name))
        name = alias->keyword;
    return find_ignoring_case(rows, name);
}

// How values of a type are spelled by default: see spelling.h.
template <class T>
struct Spelling;

namespace detail {
template <class Member>
struct MemberTraits;
template <class O, class T>
struct MemberTraits<T O::*> {
    using Options = O;
    using Value = T;
};
template <auto member>
using OptionsOf = typename MemberTraits<decltype(member)>::Options;
template <auto member>
using ValueOf = typename MemberTraits<decltype(member)>::Value;

template <class Style>
constexpr Repeat repeat_of()
{
    if constexpr (requires { Style::repeat; })
        return Style::repeat;
    else
        return Repeat::first_wins;
}

template <class Style>
constexpr Paths paths_of()
{
    if constexpr (requires { Style::paths; })
        return Style::paths;
    else
        return Paths::as_written;
}
} // namespace detail

template <auto member, class Style = Spelling<detail::ValueOf<member>>>
constexpr auto keyword(std::string_view name, Support support, Where where, std::string_view description)
{
    using Options = detail::OptionsOf<member>;
    return Keyword<Options>{
        .name = name,
        .support = support,
        .where = where,
        .repeat = detail::repeat_of<Style>(),
        .description = description,
        .paths = detail::paths_of<Style>(),
        .parse = [](Options& options, Arguments& arguments) { return Style::parse(options.*member, arguments); },
        .print = [](const Options& options, Lines& lines) { Style::print(options.*member, lines); },
        .same = [](const Options& a, const Options& b) { return a.*member == b.*member; },
        .override_with =
            [](Options& into, const Options& from) {
                if constexpr (requires { Style::merge(into.*member, from.*member); })
                    Style::merge(into.*member, from.*member);
                else
                    into.*member = from.*member;
            },
    };
}

template <auto member, class Style = Spelling<detail::ValueOf<member>>>
constexpr auto keyword(std::string_view name, Support support, std::string_view description)
{
    return keyword<member, Style>(name, support, Where::anywhere, description);
}

// A row that sets nothing.
template <class Options>
constexpr Keyword<Options> bare_keyword(std::string_view name, Support support, std::string_view description)
{
    Keyword<Options> row;
    row.name = name;
    row.support = support;
    row.description = description;
    return row;
}

// A row of another OpenSSH than the original, which would not read it in what we print.
template <class Options>
constexpr Keyword<Options> unprinted(Keyword<Options> row)
{
    row.print = nullptr;
    return row;
}

// All rows of a kind that has a value, in the table's order.
template <class Options>
std::string print_all(const KeywordTable<Options>& table, const Options& options)
{
    const Options default_options;
    std::string out;
    for (auto& row : table.rows) {
        if (!row.print || (row.support == Support::ours && row.same(options, default_options)))
            continue;
        Lines lines{out, row.name};
        row.print(options, lines);
    }
    return out;
}

} // namespace nacre
