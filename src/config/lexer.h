// One line of a configuration file, taken apart.
//
//     Keyword=value "two words" 'three' back\ slash   # comment
//
// Quotes may stand inside a word; a backslash protects quotes, backslashes and (outside quotes)
// blanks; "#" starts a comment where a word would start.  Blanks are those that people see: a form feed is none but at
// the end of a line, so that a keyword behind one is unknown and not lost.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nacre {

inline constexpr std::size_t max_line_length = 64 * 1024;

struct LexedLine {
    std::string keyword;                                          // as written; empty on a line without content
    std::vector<std::string> words;
    std::string_view rest;                                        // all behind the keyword, untouched: for commands
};

Result<LexedLine> lex_line(std::string_view line);
Result<std::vector<std::string>> lex_words(std::string_view text);

// The word as it must be written to be read back as one word (also by a shell, as far as it has no `$` and the like).
std::string quote_word(std::string_view word);

// Calls visit(number, line) for each line; CR LF is a line end too.
template <class Visit>
void for_each_line(std::string_view text, Visit visit)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto end = text.find('\n');
        visit(number, text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

} // namespace nacre
