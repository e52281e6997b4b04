// {a,b} in a word, as shells and glob(3) expand it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

// What the word stands for, in order: itself where it has no braces.  "{}" is left as it is, a backslash takes the
// meaning of a brace or comma behind it (and stays: the words may be patterns).  Nothing: there are more than `most`.
std::optional<std::vector<std::string>> expand_braces(std::string_view word, std::size_t most);

} // namespace nacre
