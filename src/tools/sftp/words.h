// A line of commands, taken apart as OpenSSH's sftp does.
//
// Blanks separate, quotes of both kinds and backslashes keep together, '#' outside quotes begins a comment.  Since most
// words are patterns, a wildcard that was quoted keeps a backslash: without_glob_escapes() makes a name of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nacre::sftp_tool {

struct Words {
    std::vector<std::string> words{};
    char open_quote = 0;                                          // the last word's, where it was not closed
    bool ends_inside = false;                                     // no blank behind the last word
};

enum class OpenEnd { refused, allowed };                          // a quote that does not end: allowed while completing

Result<Words> split_words(std::string_view line, OpenEnd open_end = OpenEnd::refused);

} // namespace nacre::sftp_tool
