#include "os/environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace nacre {
namespace {

bool is_line_of(std::string_view line, std::string_view name)
{
    return line.size() > name.size() && line[name.size()] == '=' && line.starts_with(name);
}

} // namespace

Environment Environment::of_this_process()
{
    Environment ours;
    for (char** line = environ; line != nullptr && *line != nullptr; ++line)
        ours.set_line(*line);
    return ours;
}

std::vector<std::string>::iterator Environment::locate(std::string_view name)
{
    return std::ranges::find_if(lines_, [&](auto& line) { return is_line_of(line, name); });
}

bool Environment::set(std::string_view name, std::string_view value)
{
    constexpr std::string_view nul{"\0", 1};
    if (name.empty() || name.contains('=') || name.contains(nul) || value.contains(nul))
        return false;
    std::string line;
    line.reserve(name.size() + 1 + value.size());
    line.append(name).append("=").append(value);
    if (auto place = locate(name); place != lines_.end())
        *place = std::move(line);
    else
        lines_.push_back(std::move(line));
    return true;
}

bool Environment::set_line(std::string_view name_and_value)
{
    auto equals = name_and_value.find('=');
    if (equals == std::string_view::npos)
        return false;
    return set(name_and_value.substr(0, equals), name_and_value.substr(equals + 1));
}

void Environment::remove(std::string_view name)
{
    if (auto place = locate(name); place != lines_.end())
        lines_.erase(place);
}

std::optional<std::string> Environment::find(std::string_view name) const
{
    for (auto& line : lines_)
        if (is_line_of(line, name))
            return line.substr(name.size() + 1);
    return std::nullopt;
}

std::vector<char*> Environment::envp() const
{
    std::vector<char*> pointers;
    pointers.reserve(lines_.size() + 1);
    for (auto& line : lines_)
        pointers.push_back(const_cast<char*>(line.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

std::optional<std::string> environment_variable(const std::string& name)
{
    const char* value = std::getenv(name.c_str());
    if (value == nullptr)
        return std::nullopt;
    return std::string{value};
}

bool locale_has_utf8(const Environment& environment)
{
    for (std::string_view name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        auto locale = to_lower(environment.find(name).value_or(""));
        if (!locale.empty())
            return locale.contains("utf-8") || locale.contains("utf8");
    }
    return false;
}

} // namespace nacre
