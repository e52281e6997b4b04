#include "base/braces.h"

#include <ranges>
#include <utility>

namespace nacre {

namespace {

// The first {…} that ends: where it begins and ends.
std::optional<std::pair<std::size_t, std::size_t>> find_braces(std::string_view text)
{
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        if (text[begin] == '\\') {
            ++begin;
            continue;
        }
        if (text[begin] != '{' || text.substr(begin).starts_with("{}"))
            continue;
        int depth = 0;
        for (std::size_t end = begin; end < text.size(); ++end) {
            if (text[end] == '\\')
                ++end;
            else if (text[end] == '{')
                ++depth;
            else if (text[end] == '}' && --depth == 0)
                return std::pair{begin, end};
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> alternatives(std::string_view inside)
{
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == '\\')
            ++i;
        else if (inside[i] == '{')
            ++depth;
        else if (inside[i] == '}')
            --depth;
        else if (inside[i] == ',' && depth == 0) {
            parts.push_back(inside.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    parts.push_back(inside.substr(begin));
    return parts;
}

} // namespace

std::optional<std::vector<std::string>> expand_braces(std::string_view word, std::size_t most)
{
    std::vector<std::string> words, waiting{std::string{word}};   // the last one of these is the next
    for (std::size_t opened = 0; !waiting.empty();) {
        auto next = std::move(waiting.back());
        waiting.pop_back();
        auto braces = find_braces(next);
        if (!braces) {
            words.push_back(std::move(next));
            continue;
        }
        auto [begin, end] = *braces;
        auto parts = alternatives(std::string_view{next}.substr(begin + 1, end - begin - 1));
        if (++opened > most || waiting.size() + words.size() + parts.size() > most)
            return std::nullopt;
        for (auto part : parts | std::views::reverse)
            waiting.push_back(next.substr(0, begin) + std::string{part} + next.substr(end + 1));
    }
    return words;
}

} // namespace nacre
