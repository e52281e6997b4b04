#include "config/lexer.h"

#include <fmt/format.h>

namespace nacre {
namespace {

constexpr std::string_view blanks = " \t\r";                      // trim() takes the same off a line
constexpr std::string_view blanks_at_the_end = " \t\r\f";           // a page may end with a form feed

bool is_blank(char c) { return blanks.contains(c); }

std::string_view without_leading_blanks(std::string_view text)
{
    auto start = text.find_first_not_of(blanks);
    return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

std::string_view without_trailing_blanks(std::string_view text)
{
    auto end = text.find_last_not_of(blanks_at_the_end);
    return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

// Takes one word off the front of `text`, which starts with it.
Result<std::string> take_word(std::string_view& text)
{
    std::string word;
    char quote = 0;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        char c = text[i];
        char following = i + 1 < text.size() ? text[i + 1] : '\0';
        bool escapes = following == '"' || following == '\'' || following == '\\' || (quote == 0 && following == ' ');
        if (c == '\\' && escapes) {
            word += following;
            ++i;
        } else if (quote != 0 && c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (quote == 0 && is_blank(c)) {
            break;
        } else {
            word += c;
        }
    }
    if (quote != 0)
        return bad_input("invalid quotes");
    text.remove_prefix(i);
    return word;
}

// The keyword ends at a blank or at one "="; it may be quoted.
Result<std::string> take_keyword(std::string_view& text)
{
    std::string keyword;
    if (text.starts_with('"')) {
        auto end = text.find('"', 1);
        if (end == std::string_view::npos)
            return bad_input("invalid quotes");
        keyword = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
    } else {
        auto end = std::min(text.find_first_of(" \t\r=\""), text.size());
        keyword = text.substr(0, end);
        text.remove_prefix(end);
    }
    text = without_leading_blanks(text);
    if (text.starts_with('='))
        text = without_leading_blanks(text.substr(1));
    return keyword;
}

} // namespace

Result<std::vector<std::string>> lex_words(std::string_view text)
{
    std::vector<std::string> words;
    while (true) {
        text = without_leading_blanks(text);
        if (text.empty() || text.starts_with('#'))
            return words;
        auto word = TRY(take_word(text));
        words.push_back(std::move(word));
    }
}

Result<LexedLine> lex_line(std::string_view line)
{
    if (line.size() > max_line_length)
        return bad_input(fmt::format("line longer than {} bytes", max_line_length));
    if (line.contains('\0'))
        return bad_input("NUL byte in the line");
    LexedLine lexed;
    line = without_trailing_blanks(without_leading_blanks(line));
    if (line.empty() || line.starts_with('#'))
        return lexed;
    lexed.keyword = TRY(take_keyword(line));
    if (lexed.keyword.empty())
        return bad_input("line without a keyword");
    lexed.words = TRY(lex_words(line));
    lexed.rest = line;
    return lexed;
}

std::string quote_word(std::string_view word)
{
    // A backslash that protects nothing is itself, as in the names of a domain's users ("CORP\joe").
    bool plain = !word.empty() && word.find_first_of(" \t\r\f\v\"'") == std::string_view::npos &&
                 !word.contains("\\\\") && !word.ends_with('\\') &&
                 !word.starts_with('#') && !word.starts_with('=');   // one of which may stand behind a keyword
    if (plain)
        return std::string{word};
    std::string quoted = "\"";
    for (char c : word) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

} // namespace nacre
