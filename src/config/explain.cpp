#include "config/explain.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"

namespace nacre {

std::string sentence(const Origin& origin)
{
    auto where = origin.is_command_line() ? "the command line" : place(origin);
    return origin.condition.empty() ? where : fmt::format("{}, {}", where, origin.condition);
}

std::string json_of(const Origin& origin)
{
    std::vector<std::pair<std::string_view, std::string>> members{
        {"file", json_text(origin.file)},
        {"line", fmt::format("{}", origin.line)},
        {"condition", origin.condition.empty() ? "null" : json_text(origin.condition)},
        {"text", json_text(origin.text)},
    };
    return json_object(members);
}

std::string to_text(std::span<const Explanation> explanations)
{
    std::string text;
    for (auto& each : explanations) {
        for (auto& value : each.values)
            text += fmt::format("{} {}\n", to_lower(each.keyword), value);
        auto comment = [&](std::string_view words) { text += fmt::format("    # {}\n", printable(words)); };
        if (each.values.empty())
            comment(fmt::format("{}: no value", to_lower(each.keyword)));
        if (each.set_by.empty())
            comment("default");
        for (auto& origin : each.set_by)
            comment(sentence(origin));
        for (auto& origin : each.shadowed)
            comment(fmt::format("not {}: {} {}", sentence(origin), each.keyword, origin.text));
    }
    return text;
}

std::string to_json(std::span<const Explanation> explanations)
{
    auto all = [](const auto& list, auto as_json) {
        std::vector<std::string> values;
        for (auto& each : list)
            values.push_back(as_json(each));
        return json_list(values);
    };
    std::vector<std::string> objects;
    for (auto& each : explanations) {
        std::vector<std::pair<std::string_view, std::string>> members{
            {"keyword", json_text(each.keyword)},
            {"values", all(each.values, json_text)},
            {"default", each.set_by.empty() ? "true" : "false"},
            {"set_by", all(each.set_by, json_of)},
            {"shadowed", all(each.shadowed, json_of)},
        };
        objects.push_back("\n  " + json_object(members));
    }
    return json_list(objects) + "\n";
}

} // namespace nacre
