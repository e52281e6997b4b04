// Comma-separated lists of names (RFC 4251 §5), and how configuration edits a default list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nacre {

bool list_contains(std::string_view list, std::string_view name);

// The first name of `preferred` that `other` has too.
std::optional<std::string_view> first_common(std::string_view preferred, std::string_view other);

// The list with that one of its names in front; the others keep their order.
std::string moved_to_front(std::string_view list, std::string_view name);

// OpenSSH's spelling of a change: "+x" appends, "^x" puts first, "-x*" removes by pattern, otherwise the list
// replaces the default.  `known` is every name that may appear, comma-separated; a plain name outside it is an error,
// a pattern in a plain or "+" or "^" list stands for all known names that it matches.  A comma too many is passed over.
Result<std::string> edit_name_list(std::string_view change, std::string_view defaults, std::string_view known);

} // namespace nacre
