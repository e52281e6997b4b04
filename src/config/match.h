// The line behind Match, taken apart: names of criteria, their arguments, negation.
//
//     Match host=*.example.org,!www* user joe !exec "test -f ~/x"   # comment
//
// Which criteria there are and when they hold is in client_match.cpp and server_match.cpp.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nacre {

struct CriterionRow {
    std::string_view name;
    bool takes_argument;
    bool may_precede_all = false;
};

struct Criterion {
    const CriterionRow* row;
    bool negated;
    std::string argument;
};

enum class Negation { allowed, refused };

// An unknown name, a missing argument, "all" in company, or nothing at all: errors.
Result<std::vector<Criterion>> parse_criteria(std::span<const std::string> words, std::span<const CriterionRow> rows,
                                              Negation negation);

// The same text for lines that ask the same, whatever the case of their criteria's names and the blanks between.
std::string text_of(std::span<const Criterion> criteria);

// Whether all hold.  Those behind the first that does not are not evaluated: their commands do not run.
Result<bool> all_hold(std::span<const Criterion> criteria, const std::function<Result<bool>(const Criterion&)>& holds);

// Each of `names` against the pattern list: a negated match of one excludes all.
bool any_matches(std::span<const std::string> names, std::string_view patterns);

} // namespace nacre
