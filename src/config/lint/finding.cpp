#include "config/lint/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace nacre::lint {

void Findings::add(const Rule& rule, const Origin& where, std::string what)
{
    auto same = [&](const Finding& each) {
        return each.rule == &rule && each.where.line == where.line && each.where.file == where.file && each.what == what;
    };
    // The same thing is found twice in close succession only.
    auto recent = all_.size() > 16 ? all_.end() - 16 : all_.begin();
    if (std::find_if(recent, all_.end(), same) != all_.end())
        return;
    ++counts_[static_cast<std::size_t>(rule.severity)];
    if (all_.size() < most)
        all_.push_back({&rule, where, std::move(what)});
}

void Findings::sort()
{
    std::ranges::sort(all_, {}, [](auto& each) { return std::tie(each.where.file, each.where.line, each.rule->name, each.what); });
}

int Findings::exit_status() const
{
    return count(Severity::error) > 0 ? 2 : count(Severity::warning) > 0 ? 1 : 0;
}

std::string_view name_of(Severity severity)
{
    constexpr std::array<std::string_view, 3> names{"note", "warning", "error"};
    return names[static_cast<std::size_t>(severity)];
}

std::string to_text(const Findings& findings)
{
    std::string text;
    for (auto& each : findings.all()) {
        auto place = each.where.line == 0 ? each.where.file : fmt::format("{}:{}", each.where.file, each.where.line);
        text += fmt::format("{}: {}: {} [{}]\n", printable(place), name_of(each.rule->severity), each.what, each.rule->name);
    }
    auto shown = findings.all().size();
    std::size_t found = 0;
    std::string counts;
    for (auto severity : {Severity::error, Severity::warning, Severity::note}) {
        auto count = findings.count(severity);
        found += count;
        if (count > 0)
            counts += fmt::format("{}{} {}{}", counts.empty() ? "" : ", ", count, name_of(severity), count == 1 ? "" : "s");
    }
    if (found > shown)
        text += fmt::format("({} more are not shown)\n", found - shown);
    return counts.empty() ? text : text + counts + "\n";
}

std::string to_json(const Findings& findings)
{
    std::vector<std::string> objects;
    for (auto& each : findings.all()) {
        std::vector<std::pair<std::string_view, std::string>> members{
            {"severity", json_text(name_of(each.rule->severity))},
            {"rule", json_text(each.rule->name)},
            {"file", json_text(each.where.file)},
            {"line", each.where.line == 0 ? "null" : fmt::format("{}", each.where.line)},
            {"condition", each.where.condition.empty() ? "null" : json_text(each.where.condition)},
            {"message", json_text(each.what)},
        };
        objects.push_back("\n  " + json_object(members));
    }
    std::vector<std::pair<std::string_view, std::string>> members{
        {"findings", json_list(objects)},
        {"errors", fmt::format("{}", findings.count(Severity::error))},
        {"warnings", fmt::format("{}", findings.count(Severity::warning))},
        {"notes", fmt::format("{}", findings.count(Severity::note))},
    };
    return json_object(members) + "\n";
}

} // namespace nacre::lint
