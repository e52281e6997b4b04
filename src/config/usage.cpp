#include "config/usage.h"

#include <fmt/format.h>

#include <vector>

namespace nacre {
namespace {

constexpr std::size_t width = 79;

bool is_plain_letter(const CompletedOption& option)
{
    return option.value == Completes::nothing && option.name.size() == 2;
}

} // namespace

std::string usage_text(std::string_view program, std::span<const CompletedOption> options,
                       std::span<const std::string_view> words)
{
    std::string letters;
    for (auto& option : options)
        if (is_plain_letter(option))
            letters += option.name.back();
    std::vector<std::string> parts{fmt::format("[-{}]", letters)};
    for (auto& option : options)
        if (!is_plain_letter(option))
            parts.push_back(fmt::format("[{}{}{}]", option.name, option.shown.empty() ? "" : " ", option.shown));
    parts.insert(parts.end(), words.begin(), words.end());

    auto text = fmt::format("usage: {}", program);
    auto indent = text.size();
    auto column = indent;
    for (auto& part : parts) {
        if (column + 1 + part.size() > width) {
            text += "\n" + std::string(indent, ' ');
            column = indent;
        }
        text += ' ' + part;
        column += 1 + part.size();
    }
    return text;
}

} // namespace nacre
