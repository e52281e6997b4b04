#include "wire/name_list.h"

#include <fmt/format.h>

#include "base/pattern.h"
#include "base/text.h"

namespace nacre {
namespace {

void append_name(std::string& list, std::string_view name)
{
    if (list_contains(list, name))
        return;
    if (!list.empty())
        list += ',';
    list += name;
}

Result<std::string> resolve(std::string_view names, std::string_view known)
{
    std::string list;
    for (auto name : split(names, ',')) {
        if (name.empty())                                         // a comma too many: no reason to keep a server down
            continue;
        if (name.find_first_of("*?") != std::string_view::npos) {
            for (auto candidate : split(known, ','))
                if (matches_pattern(candidate, name))
                    append_name(list, candidate);
        } else if (list_contains(known, name)) {
            append_name(list, name);
        } else {
            return bad_input(fmt::format("unknown algorithm '{}'", printable(name)));
        }
    }
    if (list.empty())
        return bad_input("the list of algorithms is empty");
    return list;
}

} // namespace

bool list_contains(std::string_view list, std::string_view name)
{
    for (auto item : split(list, ','))
        if (item == name)
            return true;
    return false;
}

std::optional<std::string_view> first_common(std::string_view preferred, std::string_view other)
{
    for (auto name : split(preferred, ','))
        if (list_contains(other, name))
            return name;
    return std::nullopt;
}

std::string moved_to_front(std::string_view list, std::string_view name)
{
    std::string moved{name};
    for (auto other : split(list, ','))
        if (other != name)
            moved.append(",").append(other);
    return moved;
}

Result<std::string> edit_name_list(std::string_view change, std::string_view defaults, std::string_view known)
{
    if (change.empty())
        return bad_input("the list of algorithms is empty");
    char how = change.front();
    auto names = change.substr(1);
    switch (how) {
    case '+': {
        std::string list{defaults};
        std::string added = TRY(resolve(names, known));
        for (auto name : split(added, ','))
            append_name(list, name);
        return list;
    }
    case '^': {
        std::string list = TRY(resolve(names, known));
        for (auto name : split(defaults, ','))
            append_name(list, name);
        return list;
    }
    case '-': {
        std::string list;
        for (auto name : split(defaults, ','))
            if (matches_pattern_list(name, names) != PatternMatch::yes)
                append_name(list, name);
        if (list.empty())
            return bad_input("nothing is left of the list of algorithms");
        return list;
    }
    default:
        return resolve(change, known);
    }
}

} // namespace nacre
