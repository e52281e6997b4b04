// OpenSSH's patterns: `*` and `?`, comma lists, `!` negation (PATTERNS in ssh_config(5)).
#pragma once

#include <string_view>

namespace nacre {

enum class PatternMatch { none, yes, negated };                   // what a list says of a text
enum class Case { sensitive, ignored };                           // whether A is a

// Linear in text times pattern at worst, whatever the number of stars.
bool matches_pattern(std::string_view text, std::string_view pattern, Case sensitivity = Case::sensitive);

// A comma list: `negated` if any negated pattern matches, else `yes` if any matches.
PatternMatch matches_pattern_list(std::string_view text, std::string_view list, Case sensitivity = Case::sensitive);

} // namespace nacre
