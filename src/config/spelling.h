// How values are spelled in a file, one type after the other: parse and print are inverses.
//
// Spelling<T> is how a T is usually written; the named styles below are for members whose type does
// not say it all (a string may be a path, a command, "none", a list of algorithms).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "config/algorithm_lists.h"
#include "config/forward.h"
#include "config/keyword.h"
#include "config/option_types.h"

namespace nacre {

// ---- one word ----

template <class T>
    requires std::is_enum_v<T>
struct Spelling<T> {
    static Result<void> parse(T& value, Arguments& arguments);
    static void print(const T& value, Lines& lines);
};

#define NACRE_SPELLING(Name, Type)                                                                                    \
    struct Name {                                                                                                     \
        static Result<void> parse(Type& value, Arguments& arguments);                                                 \
        static void print(const Type& value, Lines& lines);                                                           \
    }
#define NACRE_COLLECTED_SPELLING(Name, Type)                                                                          \
    struct Name {                                                                                                     \
        static constexpr Repeat repeat = Repeat::accumulates;                                                         \
        static Result<void> parse(Type& value, Arguments& arguments);                                                 \
        static void print(const Type& value, Lines& lines);                                                           \
    }

template <>
NACRE_SPELLING(Spelling<bool>, bool);                             // yes, no, true, false
template <>
NACRE_SPELLING(Spelling<std::uint16_t>, std::uint16_t);           // a port
template <>
NACRE_SPELLING(Spelling<std::uint32_t>, std::uint32_t);           // 0 … 2^31 - 1
template <>
NACRE_SPELLING(Spelling<std::optional<std::uint32_t>>, std::optional<std::uint32_t>);   // or "none"
template <>
NACRE_SPELLING(Spelling<Seconds>, Seconds);                       // "90", "1h30m"
template <>
NACRE_SPELLING(Spelling<std::optional<Seconds>>, std::optional<Seconds>);   // or "none"
template <>
NACRE_SPELLING(Spelling<std::string>, std::string);               // one word, kept as it is; empty is not printed
template <>
NACRE_SPELLING(Spelling<std::optional<char>>, std::optional<char>);   // "~", "^B", "none"

NACRE_SPELLING(NoneIsZero, Seconds);
NACRE_SPELLING(NoneIsUsual, Seconds);                             // "none" leaves the default
NACRE_SPELLING(Octal, std::uint32_t);
NACRE_SPELLING(WordOrNone, std::string);                          // "none" becomes empty, and the other way round
NACRE_SPELLING(OptionalWord, std::string);                        // "none" becomes empty, which is not printed
NACRE_SPELLING(Command, std::string);                             // all of the line; "none" becomes empty, not printed
NACRE_SPELLING(CommandOrNone, std::string);                       // all of the line; empty is printed as "none"
NACRE_SPELLING(ProgramOrNone, std::string);                       // the same, and must begin with "/"
NACRE_SPELLING(Jumps, std::string);                               // user@host:port, … (ProxyJump)
NACRE_SPELLING(AddressListOrNone, std::string);

template <AlgorithmList which>
struct Algorithms {
    static Result<void> parse(std::string& value, Arguments& arguments)
    {
        auto change = TRY(arguments.next());
        value = TRY(edit_algorithms(which, change));
        return {};
    }
    static void print(const std::string& value, Lines& lines) { lines.add(value); }
};

// What a keyword can gather over all lines, where each new value is compared with the others.
inline constexpr std::size_t most_gathered = 1000;

template <class T>
Result<void> add_new(std::vector<T>& values, T value)              // unless it is there already
{
    if (std::ranges::find(values, value) != values.end())
        return {};
    if (values.size() >= most_gathered)
        return bad_input("too many values");
    values.push_back(std::move(value));
    return {};
}

// ---- lists of words ----

template <>
NACRE_SPELLING(Spelling<std::vector<std::string>>, std::vector<std::string>);   // all words of one line
NACRE_SPELLING(WordsOrNone, std::vector<std::string>);            // "none" alone is the empty list
NACRE_SPELLING(LoginMethods, std::vector<std::string>);           // "any" is the empty list
NACRE_COLLECTED_SPELLING(EachWord, std::vector<std::string>);     // all words of all lines
NACRE_COLLECTED_SPELLING(UserPatterns, std::vector<std::string>);   // the same; what stands behind "@" is a list of hosts
NACRE_COLLECTED_SPELLING(VariableNames, std::vector<std::string>);   // the same; no "="
NACRE_COLLECTED_SPELLING(OneEach, std::vector<std::string>);      // one word per line, each only once
NACRE_COLLECTED_SPELLING(VariablePatterns, std::vector<std::string>);   // "-pattern" takes earlier ones away
NACRE_COLLECTED_SPELLING(Ports, std::vector<std::uint16_t>);

// The same for words that are paths: whoever reads the file makes them whole first.
template <class Style>
struct WholePaths : Style {
    static constexpr Paths paths = Paths::whole;
};
template <class Style>
struct PathsFromHome : Style {
    static constexpr Paths paths = Paths::from_home;
};

// ---- everything with a structure of its own ----

template <>
NACRE_SPELLING(Spelling<LogLevel>, LogLevel);
template <>
NACRE_SPELLING(Spelling<RekeyLimit>, RekeyLimit);
template <>
NACRE_SPELLING(Spelling<QualityOfService>, QualityOfService);
template <>
NACRE_SPELLING(Spelling<TunnelDevice>, TunnelDevice);
template <>
NACRE_SPELLING(Spelling<ForwardAgent>, ForwardAgent);
template <>
NACRE_SPELLING(Spelling<AddKeysToAgent>, AddKeysToAgent);
template <>
NACRE_SPELLING(Spelling<ControlPersist>, ControlPersist);
template <>
NACRE_SPELLING(Spelling<KeystrokeTiming>, KeystrokeTiming);
template <>
NACRE_SPELLING(Spelling<std::vector<PermittedCname>>, std::vector<PermittedCname>);
template <>
NACRE_SPELLING(Spelling<std::vector<ChannelTimeout>>, std::vector<ChannelTimeout>);
template <>
NACRE_SPELLING(Spelling<std::vector<Variable>>, std::vector<Variable>);
template <>
NACRE_SPELLING(Spelling<PermittedPlaces>, PermittedPlaces);   // host:port
NACRE_SPELLING(ListenPermissions, PermittedPlaces);            // [host:]port
template <>
NACRE_COLLECTED_SPELLING(Spelling<std::vector<ListenAddress>>, std::vector<ListenAddress>);
template <>
NACRE_SPELLING(Spelling<StartLimit>, StartLimit);
template <>
NACRE_SPELLING(Spelling<NetBlockSize>, NetBlockSize);
template <>
NACRE_SPELLING(Spelling<UserEnvironment>, UserEnvironment);
template <>
NACRE_SPELLING(Spelling<PubkeyAuthOptions>, PubkeyAuthOptions);
template <>
NACRE_COLLECTED_SPELLING(Spelling<SourcePenalties>, SourcePenalties);

template <>
struct Spelling<std::vector<Subsystem>> {
    static constexpr Repeat repeat = Repeat::accumulates;
    static Result<void> parse(std::vector<Subsystem>& value, Arguments& arguments);
    static void print(const std::vector<Subsystem>& value, Lines& lines);
    static void merge(std::vector<Subsystem>& into, const std::vector<Subsystem>& from);   // by name
};

template <ForwardKind kind>
struct Forwards {
    static constexpr Repeat repeat = Repeat::accumulates;
    static Result<void> parse(std::vector<Forward>& value, Arguments& arguments)
    {
        auto words = TRY(arguments.all());
        auto forward = TRY(parse_forward(words, kind));
        return add_new(value, std::move(forward));
    }
    static void print(const std::vector<Forward>& value, Lines& lines)
    {
        for (auto& forward : value)
            lines.add(to_text(forward));
    }
};

#undef NACRE_SPELLING
#undef NACRE_COLLECTED_SPELLING

} // namespace nacre
