#include "config/whole_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/expand.h"
#include "config/lexer.h"
#include "config/none.h"
#include "config/server_keywords.h"

namespace nacre {
namespace {

// Words that stand where a path may, and are none: HostKeyAgent's variable, SecurityKeyProvider's own library.
constexpr std::array<std::string_view, 2> no_paths{"SSH_AUTH_SOCK", "internal"};

Result<std::string> whole_path(const std::string& word, Paths paths, ConfigSources& sources)
{
    if (is_unset(word) || std::ranges::find(no_paths, word) != no_paths.end())
        return word;
    auto path = TRY(expand_home(word, sources));
    auto start = paths == Paths::whole && !path.starts_with('/') ? sources.directory() : std::string{};
    return start.empty() ? path : fmt::format("{}{}{}", start, start.ends_with('/') ? "" : "/", path);
}

} // namespace

Result<std::vector<std::string>> whole_paths(const std::vector<std::string>& words, Paths paths, ConfigSources& sources)
{
    if (paths == Paths::as_written)
        return words;
    std::vector<std::string> whole;
    for (auto& word : words) {
        auto path = TRY(whole_path(word, paths, sources));
        whole.push_back(std::move(path));
    }
    return whole;
}

Result<std::string> line_with_whole_paths(std::string_view line, ConfigSources& sources)
{
    auto lexed = lex_line(line);
    auto* row = lexed ? server_keywords().find(lexed->keyword) : nullptr;
    if (!row)
        return std::string{line};
    auto words = TRY(whole_paths(lexed->words, row->paths, sources));
    if (words == lexed->words)
        return std::string{line};
    std::string whole = lexed->keyword;
    for (auto& word : words)
        whole.append(" ").append(quote_word(word));
    return whole;
}

} // namespace nacre
