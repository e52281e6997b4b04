#include "config/lint/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern.h"
#include "base/text.h"
#include "config/expand.h"
#include "config/none.h"

namespace nacre::lint {

namespace {

std::string condition_of(const Block& block)
{
    return block.kind.empty() ? std::string{} : fmt::format("{} {}", block.kind, join(block.words, " "));
}

bool holds_always(std::string_view kind, const std::vector<std::string>& words)
{
    if (kind == "Match")
        return words.size() == 1 && equal_ignoring_case(words.front(), "all");
    bool negated = std::ranges::any_of(words, [](auto& word) { return word.starts_with('!'); });
    return !negated && std::ranges::find(words, "*") != words.end();
}

} // namespace

std::optional<std::string> plain_path(std::string_view text, ConfigSources& sources)
{
    if (is_unset(text) || text.find_first_of("%$*?[") != std::string_view::npos)
        return std::nullopt;
    auto path = expand_home(text, sources);
    return path && path->starts_with('/') ? std::optional{*path} : std::nullopt;
}

void DocumentReader::read(const RootFile& root)
{
    Block top;
    top.always = true;
    top.origin.file = root.path;
    document_.blocks.push_back(std::move(top));
    file(root.path, root, {document_.blocks.size() - 1}, false);
    ++root_;
}

void DocumentReader::file(const std::string& path, const RootFile& root, Scope scope, bool included)
{
    Origin whole{path, 0, ""};
    auto complain = [&](const Error& error) { findings_.add(rule::unreadable_file, whole, error.what); };
    if (auto entered = limits_.enter(path); !entered)
        return complain(entered.error());
    auto content = sources_.read(path);
    if (!content)
        complain(content.error());
    else if (!*content && !included && !root.may_be_missing)
        findings_.add(rule::unreadable_file, whole, "No such file or directory");
    if (content && *content) {
        auto& facts = **content;
        bool others = (facts.mode & 022) != 0 || (facts.owner != 0 && facts.owner != sources_.own_uid());
        if (others && (included || root.must_be_private))
            findings_.add(rule::writable_by_others, whole,
                          fmt::format("others can change this file (owner {}, mode {:04o})", facts.owner, facts.mode));
        auto outer = scope.block;
        if (auto fits = limits_.add_text(facts.text.size()); !fits)
            complain(fits.error());
        else
            for_each_line(facts.text, [&](std::size_t number, std::string_view text) {
                line(text, Origin{path, number, ""}, root, scope, outer);
            });
    }
    limits_.leave();
}

void DocumentReader::line(std::string_view text, Origin origin, const RootFile& root, Scope& scope, std::size_t outer)
{
    auto lexed = lex_line(text);
    if (!lexed)
        return findings_.add(rule::bad_line, origin, lexed.error().what);
    if (lexed->keyword.empty()) {
        scope.after_gap = scope.after_gap || trim(text).empty();
        return;
    }
    origin.condition = condition_of(document_.blocks[scope.block]);
    auto keyword = dialect_.find(lexed->keyword);
    if (!keyword) {
        ++document_.blocks[scope.block].lines;
        return unknown(*lexed, origin);
    }
    if (lexed->words.empty() && (lexed->rest.empty() || keyword->support == Support::structure))
        return findings_.add(rule::bad_value, origin, fmt::format("{} needs a value", keyword->name));
    if (keyword->name == "Host" || keyword->name == "Match")
        return open_block(*lexed, keyword->name, origin, outer, scope);
    ++document_.blocks[scope.block].lines;
    if (keyword->name == "Include")
        return include(*lexed, origin, root, scope);
    // As for ssh, the first counts; with one that holds for some hosts only, the keyword is an error for the others.
    bool counts = document_.blocks[scope.block].always && ignored_.empty();
    if (keyword->name == "IgnoreUnknown" && counts && !lexed->words.empty())   // a comment alone is a bad value
        ignored_ = to_lower(lexed->words.front());
    bool indented = text.starts_with(' ') || text.starts_with('\t');
    document_.lines.push_back({std::move(origin), *keyword, std::move(lexed->words), std::string{lexed->rest}, scope.block,
                               root_, indented, scope.after_gap});
    scope.after_gap = false;
}

void DocumentReader::unknown(const LexedLine& lexed, const Origin& origin)
{
    if (matches_pattern_list(to_lower(lexed.keyword), ignored_) == PatternMatch::yes)
        return;
    std::string hint;
    if (!findings_.is_full())                                     // looking for it takes time
        hint = did_you_mean(lexed.keyword, dialect_.names());
    findings_.add(rule::unknown_keyword, origin, fmt::format("there is no keyword \"{}\"{}", printable(lexed.keyword), hint));
}

void DocumentReader::open_block(const LexedLine& lexed, std::string_view kind, const Origin& origin, std::size_t outer,
                                Scope& scope)
{
    Block block{std::string{kind}, lexed.words, origin, {}};
    block.origin.condition = condition_of(block);
    auto& around = document_.blocks[outer];
    block.always = holds_always(kind, block.words) && around.always;
    block.nested = !around.kind.empty();
    block.in_match = around.in_match || kind == "Match";
    auto condition = condition_of(block);                         // case counts in a Host line
    if (kind == "Match") {
        auto criteria = dialect_.criteria(lexed.words);
        if (criteria)
            condition = text_of(*criteria);
        else
            findings_.add(rule::bad_condition, block.origin, criteria.error().what);
    }
    block.key = fmt::format("{}\n{}", around.key, condition);
    document_.blocks.push_back(std::move(block));
    scope = {document_.blocks.size() - 1};
}

void DocumentReader::include(const LexedLine& lexed, const Origin& origin, const RootFile& root, const Scope& scope)
{
    for (auto& word : lexed.words) {
        auto pattern = dialect_.include_pattern(word, root.system);
        if (!pattern)
            continue;
        auto files = sources_.glob(*pattern);
        if (files.empty() && pattern->find_first_of("*?[") == std::string::npos)
            findings_.add(rule::include_finds_nothing, origin, fmt::format("there is no file {}", printable(*pattern)));
        for (auto& path : files)
            file(path, root, scope, true);
    }
}

} // namespace nacre::lint
