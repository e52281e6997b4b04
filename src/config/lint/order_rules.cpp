#include "config/lint/order_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/pattern.h"
#include "base/text.h"

namespace nacre::lint {

namespace {

// Enough to find the usual mistake, and few enough for files of any size.
constexpr std::size_t most_patterns_kept = 64;

// Whether every host of `later` is one of `earlier`, as far as the patterns show it.
bool covers(const Block& earlier, const Block& later)
{
    auto covered = [&](const std::string& pattern) {
        return std::ranges::any_of(earlier.words, [&](auto& wide) {
            // A "?" could be matched by the "*" of the narrower pattern, which proves nothing.
            return !wide.contains('?') && matches_pattern(pattern, wide);
        });
    };
    auto negated = [](auto& word) { return word.starts_with('!'); };
    return std::ranges::none_of(earlier.words, negated) &&
           std::ranges::all_of(later.words, [&](auto& word) { return negated(word) || covered(word); });
}

// What a keyword that adds up says only once of each, by its first word.
constexpr std::string_view said_once_of_each = "Subsystem";

std::string_view subject_of(const DocumentLine& line)
{
    return line.keyword.name == said_once_of_each && !line.words.empty() ? std::string_view{line.words.front()}
                                                                         : std::string_view{};
}

// The lines that set a keyword so far, of one of the files that were asked for: the next one is meant to be overridden.
class Earlier {
public:
    explicit Earlier(const Document& document, Side side) : document_(document), side_(side) {}

    // The line because of which this one does not count, if there is one; else it is remembered.
    const DocumentLine* shadow_of(const DocumentLine& line)
    {
        auto& block = document_.blocks[line.block];
        auto& seen = seen_[{line.keyword.index, subject_of(line)}];
        if (auto same = seen.by_key.find(block.key); same != seen.by_key.end())
            return same->second;
        // A server's Match overrides what stands outside; only another Match that always holds comes before it.
        if (seen.always && (side_ == Side::client || (block.in_match && document_.blocks[seen.always->block].in_match)))
            return seen.always;
        if (block.kind == "Host" && !block.nested)
            for (auto* wide : seen.wide)
                if (covers(document_.blocks[wide->block], block))
                    return wide;
        seen.by_key.emplace(block.key, &line);
        if (block.always && (!seen.always || side_ == Side::server))
            seen.always = &line;
        bool wide = std::ranges::any_of(block.words, [](auto& word) { return word.contains('*'); });
        if (block.kind == "Host" && !block.nested && wide && seen.wide.size() < most_patterns_kept)
            seen.wide.push_back(&line);
        return nullptr;
    }

    void forget() { seen_.clear(); }

private:
    struct Seen {
        std::map<std::string_view, const DocumentLine*> by_key;
        const DocumentLine* always = nullptr;
        std::vector<const DocumentLine*> wide;
    };
    const Document& document_;
    Side side_;
    std::map<std::pair<std::size_t, std::string_view>, Seen> seen_;   // by the keyword's row, and of what it says it
};

void check_shadows(const Document& document, Side side, Findings& findings)
{
    Earlier earlier{document, side};
    std::size_t root = 0;
    for (auto& line : document.lines) {
        if (line.root != root) {
            earlier.forget();
            root = line.root;
        }
        bool counts_once = line.keyword.repeat == Repeat::first_wins || !subject_of(line).empty();
        if (!counts_once || !line.keyword.has_value)
            continue;
        auto* shadow = earlier.shadow_of(line);
        if (!shadow)
            continue;
        auto& condition = shadow->origin.condition;
        findings.add(rule::never_takes_effect, line.origin,
                     fmt::format("{}{}{} has no effect: {} has set it{}", line.keyword.name,
                                 subject_of(line).empty() ? "" : " ", printable(subject_of(line)), place(shadow->origin),
                                 condition.empty() || condition == line.origin.condition
                                     ? ""
                                     : fmt::format(" (in \"{}\")", printable(condition))));
    }
}

// A block goes on to the next Host or Match, whatever the layout says.  Where it always holds, nothing is lost by that.
void check_layout(const Document& document, Findings& findings)
{
    std::set<std::size_t> told;
    std::map<std::size_t, bool> first_indented;
    for (auto& line : document.lines) {
        auto& block = document.blocks[line.block];
        if (block.always || line.origin.file != block.origin.file || told.contains(line.block))
            continue;
        bool indented = first_indented.try_emplace(line.block, line.indented).first->second;
        auto what = fmt::format("{} still belongs to \"{}\" of line {}", line.keyword.name, printable(block.origin.condition),
                                block.origin.line);
        if (indented && !line.indented)
            findings.add(rule::swallowed_by_block, line.origin, what);
        else if (!indented && line.after_gap && block.kind == "Match" && block.lines > 1)
            findings.add(rule::perhaps_swallowed, line.origin, what);
        else
            continue;
        told.insert(line.block);
    }
}

} // namespace

void check_order(const Document& document, Side side, Findings& findings)
{
    check_shadows(document, side, findings);
    check_layout(document, findings);
}

} // namespace nacre::lint
