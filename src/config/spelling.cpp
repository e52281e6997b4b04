// Numbers, times, strings, and lists of words.
#include "config/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/port.h"
#include "base/text.h"
#include "config/destination.h"
#include "config/lexer.h"
#include "config/none.h"
#include "config/server_methods.h"

namespace nacre {

namespace {

template <class Number>
Result<Number> number_between(std::string_view word, Number least, Number most)
{
    auto number = parse_number<Number>(word);
    if (!number || *number < least || *number > most)
        return bad_input(fmt::format("\"{}\" is not a number from {} to {}", printable(word), least, most));
    return *number;
}

Result<Seconds> duration(std::string_view word)
{
    auto time = parse_duration(word);
    if (!time)
        return bad_input(fmt::format("invalid time value \"{}\"", printable(word)));
    return *time;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (auto& word : words)
        text.append(text.empty() ? "" : " ").append(quote_word(word));
    return text;
}

} // namespace

Result<void> Spelling<LogLevel>::parse(LogLevel& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    auto level = equal_ignoring_case(word, "SILENT") ? LogLevel::quiet : parse_log_level(word);
    if (!level)
        return bad_input(fmt::format("unsupported log level \"{}\"", printable(word)));
    value = *level;
    return {};
}
// OpenSSH's words for the first two.
void Spelling<LogLevel>::print(const LogLevel& value, Lines& lines)
{
    lines.add(value == LogLevel::quiet ? "SILENT" : value == LogLevel::debug1 ? "DEBUG" : name_of(value));
}

// ---- numbers and times ----

Result<void> Spelling<std::uint16_t>::parse(std::uint16_t& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    auto port = parse_port(word);                                 // also by a service's name
    value = port ? *port : TRY(number_between<std::uint16_t>(word, 1, 65535));
    return {};
}
void Spelling<std::uint16_t>::print(const std::uint16_t& value, Lines& lines) { lines.add(fmt::format("{}", value)); }

Result<void> Spelling<std::uint32_t>::parse(std::uint32_t& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    value = TRY(number_between<std::uint32_t>(word, 0, std::numeric_limits<std::int32_t>::max()));
    return {};
}
void Spelling<std::uint32_t>::print(const std::uint32_t& value, Lines& lines) { lines.add(fmt::format("{}", value)); }

Result<void> Spelling<std::optional<std::uint32_t>>::parse(std::optional<std::uint32_t>& value, Arguments& arguments)
{
    if (arguments.take("none")) {
        value.reset();
        return {};
    }
    std::uint32_t number = 0;
    TRY(Spelling<std::uint32_t>::parse(number, arguments));
    value = number;
    return {};
}
void Spelling<std::optional<std::uint32_t>>::print(const std::optional<std::uint32_t>& value, Lines& lines)
{
    lines.add(value ? fmt::format("{}", *value) : "none");
}

Result<void> Octal::parse(std::uint32_t& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    auto mask = parse_number<std::uint32_t>(word, 8);
    if (!mask || *mask > 0777)
        return bad_input(fmt::format("bad mask \"{}\"", printable(word)));
    value = *mask;
    return {};
}
void Octal::print(const std::uint32_t& value, Lines& lines) { lines.add(fmt::format("0{:o}", value)); }

Result<void> Spelling<Seconds>::parse(Seconds& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    value = TRY(duration(word));
    return {};
}
void Spelling<Seconds>::print(const Seconds& value, Lines& lines) { lines.add(fmt::format("{}", value.count())); }

Result<void> Spelling<std::optional<Seconds>>::parse(std::optional<Seconds>& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    value.reset();
    if (!is_none(word))
        value = TRY(duration(word));
    return {};
}
void Spelling<std::optional<Seconds>>::print(const std::optional<Seconds>& value, Lines& lines)
{
    lines.add(value ? fmt::format("{}", value->count()) : "none");
}

Result<void> NoneIsZero::parse(Seconds& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    value = Seconds{0};
    if (!is_none(word))
        value = TRY(duration(word));
    return {};
}
void NoneIsZero::print(const Seconds& value, Lines& lines)
{
    lines.add(value.count() != 0 ? fmt::format("{}", value.count()) : "none");
}

Result<void> NoneIsUsual::parse(Seconds& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    if (!is_none(word))
        value = TRY(duration(word));
    return {};
}
void NoneIsUsual::print(const Seconds& value, Lines& lines) { Spelling<Seconds>::print(value, lines); }

// "^B" is Control-B; "^?" and "^" alone are what they look like on a keyboard.
Result<void> Spelling<std::optional<char>>::parse(std::optional<char>& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    if (is_none(word))
        value.reset();
    else if (word.size() == 1)
        value = word[0];
    else if (word.size() == 2 && word[0] == '^' && word[1] >= 64 && word[1] < 127)
        value = static_cast<char>(word[1] & 31);
    else
        return bad_input(fmt::format("bad escape character \"{}\"", printable(word)));
    return {};
}
void Spelling<std::optional<char>>::print(const std::optional<char>& value, Lines& lines)
{
    if (!value)
        lines.add("none");
    else if (static_cast<unsigned char>(*value) < 32)
        lines.add(std::string{'^', static_cast<char>(*value + 64)});
    else
        lines.add(quote_word(std::string_view{&*value, 1}));
}

// ---- one string ----

Result<void> Spelling<std::string>::parse(std::string& value, Arguments& arguments)
{
    value = TRY(arguments.next());
    return {};
}
void Spelling<std::string>::print(const std::string& value, Lines& lines)
{
    if (!value.empty())
        lines.add(quote_word(value));
}

Result<void> WordOrNone::parse(std::string& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    value = is_none(word) ? "" : std::move(word);
    return {};
}
void WordOrNone::print(const std::string& value, Lines& lines) { lines.add(value.empty() ? "none" : quote_word(value)); }

Result<void> OptionalWord::parse(std::string& value, Arguments& arguments)
{
    return WordOrNone::parse(value, arguments);
}
void OptionalWord::print(const std::string& value, Lines& lines) { Spelling<std::string>::print(value, lines); }

Result<void> CommandOrNone::parse(std::string& value, Arguments& arguments)
{
    auto text = TRY(arguments.whole_text());
    value = is_none(text) ? "" : std::move(text);
    return {};
}
void CommandOrNone::print(const std::string& value, Lines& lines) { lines.add(value.empty() ? "none" : value); }

Result<void> Command::parse(std::string& value, Arguments& arguments) { return CommandOrNone::parse(value, arguments); }
void Command::print(const std::string& value, Lines& lines)
{
    if (!value.empty())
        lines.add(value);
}

Result<void> ProgramOrNone::parse(std::string& value, Arguments& arguments)
{
    std::string text;
    TRY(CommandOrNone::parse(text, arguments));
    if (!text.empty() && !text.starts_with('/') && !text.starts_with('"'))
        return bad_input("must be an absolute path");
    value = std::move(text);
    return {};
}
void ProgramOrNone::print(const std::string& value, Lines& lines) { CommandOrNone::print(value, lines); }

Result<void> Jumps::parse(std::string& value, Arguments& arguments)
{
    auto text = TRY(arguments.whole_text());
    auto words = TRY(lex_words(text));
    if (words.size() != 1)
        return bad_input("a list of user@host:port without blanks is wanted");
    std::vector<std::string> hops;
    std::string_view list = words[0];
    if (is_none(list))
        list = "";
    for (auto part : split(list, ',')) {
        auto hop = TRY(parse_hop(trim(part)));
        // In a file the person who writes it may have reasons; a command line may come from anywhere.
        if (arguments.from() == Arguments::From::command_line) {
            TRY(check_host_name(hop.host));
            if (!hop.user.empty())
                TRY(check_user_name(hop.user));
        }
        auto text_of_hop = to_text(hop);
        // A URI's %-escapes can hide characters that separate: such a name has no plain form.
        auto again = parse_hop(text_of_hop);
        if (!again || *again != hop || text_of_hop.contains(','))
            return bad_input(fmt::format("\"{}\" cannot be a jump host", printable(part)));
        hops.push_back(std::move(text_of_hop));
    }
    value = join(hops, ",");
    return {};
}
void Jumps::print(const std::string& value, Lines& lines) { Spelling<std::string>::print(value, lines); }

Result<void> AddressListOrNone::parse(std::string& value, Arguments& arguments)
{
    std::string list;
    TRY(WordOrNone::parse(list, arguments));
    TRY(check_address_list(list));
    value = std::move(list);
    return {};
}
void AddressListOrNone::print(const std::string& value, Lines& lines) { WordOrNone::print(value, lines); }

// ---- lists ----

Result<void> Spelling<std::vector<std::string>>::parse(std::vector<std::string>& value, Arguments& arguments)
{
    value = TRY(arguments.all());
    return {};
}
void Spelling<std::vector<std::string>>::print(const std::vector<std::string>& value, Lines& lines)
{
    if (!value.empty())
        lines.add(joined(value));
}

Result<void> WordsOrNone::parse(std::vector<std::string>& value, Arguments& arguments)
{
    value = TRY(arguments.all());
    if (std::ranges::any_of(value, is_none)) {
        if (value.size() > 1)
            return bad_input("\"none\" must stand alone");
        value.clear();
    }
    return {};
}
void WordsOrNone::print(const std::vector<std::string>& value, Lines& lines)
{
    lines.add(value.empty() ? "none" : joined(value));
}

Result<void> EachWord::parse(std::vector<std::string>& value, Arguments& arguments)
{
    auto words = TRY(arguments.all());
    value.insert(value.end(), words.begin(), words.end());
    return {};
}
void EachWord::print(const std::vector<std::string>& value, Lines& lines)
{
    for (auto& word : value)
        lines.add(quote_word(word));
}

Result<void> UserPatterns::parse(std::vector<std::string>& value, Arguments& arguments)
{
    auto words = TRY(arguments.all());
    for (auto& word : words) {
        auto at = word.find('@');
        auto host = at == std::string::npos ? std::string_view{} : std::string_view{word}.substr(at + 1);
        // A pattern that matches nothing by mistake would let in whom DenyUsers is to keep out.
        if (at != std::string::npos && (host.empty() || !check_address_list(host)))
            return bad_input(fmt::format("invalid pattern \"{}\"", printable(word)));
    }
    value.insert(value.end(), words.begin(), words.end());
    return {};
}
void UserPatterns::print(const std::vector<std::string>& value, Lines& lines) { EachWord::print(value, lines); }

Result<void> VariableNames::parse(std::vector<std::string>& value, Arguments& arguments)
{
    auto words = TRY(arguments.all());
    for (auto& word : words)
        if (word.contains('='))
            return bad_input(fmt::format("\"{}\" is not the name of a variable", printable(word)));
    value.insert(value.end(), words.begin(), words.end());
    return {};
}
void VariableNames::print(const std::vector<std::string>& value, Lines& lines) { EachWord::print(value, lines); }

Result<void> OneEach::parse(std::vector<std::string>& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    return add_new(value, std::move(word));
}
void OneEach::print(const std::vector<std::string>& value, Lines& lines) { EachWord::print(value, lines); }

Result<void> VariablePatterns::parse(std::vector<std::string>& value, Arguments& arguments)
{
    auto words = TRY(arguments.all());
    for (auto& word : words) {
        if (word.contains('='))
            return bad_input(fmt::format("\"{}\" is not the name of a variable", printable(word)));
        if (word.starts_with('-'))
            std::erase_if(value, [&](auto& name) { return matches_pattern(name, std::string_view{word}.substr(1)); });
        else
            TRY(add_new(value, word));
    }
    return {};
}
void VariablePatterns::print(const std::vector<std::string>& value, Lines& lines) { EachWord::print(value, lines); }

Result<void> Ports::parse(std::vector<std::uint16_t>& value, Arguments& arguments)
{
    std::uint16_t port = 0;
    TRY(Spelling<std::uint16_t>::parse(port, arguments));
    if (value.size() >= 256)
        return bad_input("too many ports");
    value.push_back(port);
    return {};
}
void Ports::print(const std::vector<std::uint16_t>& value, Lines& lines)
{
    for (auto port : value)
        lines.add(fmt::format("{}", port));
}

Result<void> LoginMethods::parse(std::vector<std::string>& value, Arguments& arguments)
{
    constexpr std::array<std::string_view, 7> methods{"publickey", "password", "keyboard-interactive",
                                                      "hostbased", "gssapi-with-mic", "gssapi-keyex", "none"};
    auto lists = TRY(arguments.all());
    if (lists.size() == 1 && equal_ignoring_case(lists[0], "any")) {
        value.clear();
        return {};
    }
    for (auto& list : lists)
        for (auto method : split(list, ',')) {
            auto name = method.substr(0, method.find(':'));       // keyboard-interactive:pam
            if (std::ranges::find(methods, name) == methods.end())
                return bad_input(fmt::format("unknown authentication method \"{}\"", printable(method)));
            if (name.size() != method.size() && method != "keyboard-interactive:pam" && method != absent_device)
                return bad_input(fmt::format("\"{}\": the only kind of a method is keyboard-interactive:pam",
                                             printable(method)));
        }
    value = std::move(lists);
    return {};
}
void LoginMethods::print(const std::vector<std::string>& value, Lines& lines)
{
    lines.add(value.empty() ? "any" : joined(value));
}

} // namespace nacre
