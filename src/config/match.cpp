#include "config/match.h"

#include <fmt/format.h>

#include "base/pattern.h"
#include "base/text.h"

namespace nacre {
namespace {

const CriterionRow* find(std::span<const CriterionRow> rows, std::string_view name)
{
    for (auto& row : rows)
        if (equal_ignoring_case(row.name, name))
            return &row;
    return nullptr;
}

// "name=argument", "name argument", "name = argument": the words as (name, "=" or not, argument).
class Words {
public:
    explicit Words(std::span<const std::string> words) : words_(words) {}
    bool empty() const { return words_.empty(); }

    std::string_view name()
    {
        auto word = std::string_view{words_.front()};
        words_ = words_.subspan(1);
        auto equals = word.find('=');
        attached_.reset();
        if (equals != std::string_view::npos && equals + 1 < word.size())
            attached_ = word.substr(equals + 1);
        return word.substr(0, equals);
    }
    std::optional<std::string_view> argument()
    {
        if (attached_)
            return attached_;
        if (!words_.empty() && words_.front() == "=")
            words_ = words_.subspan(1);
        if (words_.empty())
            return std::nullopt;
        auto word = std::string_view{words_.front()};
        words_ = words_.subspan(1);
        return word;
    }

private:
    std::span<const std::string> words_;
    std::optional<std::string_view> attached_;
};

} // namespace

Result<std::vector<Criterion>> parse_criteria(std::span<const std::string> words, std::span<const CriterionRow> rows,
                                              Negation negation)
{
    std::vector<Criterion> criteria;
    Words rest{words};
    while (!rest.empty()) {
        auto name = rest.name();
        bool negated = negation == Negation::allowed && name.starts_with('!');
        auto* row = find(rows, name.substr(negated ? 1 : 0));
        if (!row)
            return bad_input(fmt::format("Unsupported Match attribute {}", printable(name)));
        auto argument = row->takes_argument ? rest.argument() : std::nullopt;
        if (row->takes_argument && !argument)
            return bad_input(fmt::format("Missing Match criteria for {}", row->name));
        criteria.push_back({row, negated, std::string{argument.value_or("")}});
    }
    if (criteria.empty())
        return bad_input("One or more attributes required for Match");
    for (auto& criterion : criteria) {
        if (criterion.row->name != "all")
            continue;
        bool alone = criteria.size() == 1;
        bool second = criteria.size() == 2 && &criterion == &criteria[1] && criteria[0].row->may_precede_all;
        if (!alone && !second)
            return bad_input("'all' cannot be combined with other Match attributes");
    }
    return criteria;
}

std::string text_of(std::span<const Criterion> criteria)
{
    std::string text;
    for (auto& criterion : criteria)
        text += fmt::format("{}{}={}\n", criterion.negated ? "!" : "", criterion.row->name, criterion.argument);
    return text;
}

Result<bool> all_hold(std::span<const Criterion> criteria, const std::function<Result<bool>(const Criterion&)>& holds)
{
    for (auto& criterion : criteria) {
        bool result = TRY(holds(criterion));
        if (result == criterion.negated)
            return false;
    }
    return true;
}

bool any_matches(std::span<const std::string> names, std::string_view patterns)
{
    bool found = false;
    for (auto& name : names) {
        auto match = matches_pattern_list(name, patterns);
        if (match == PatternMatch::negated)
            return false;
        found = found || match == PatternMatch::yes;
    }
    return found;
}

} // namespace nacre
