// Rules about values that are dangerous together: judged on the options that result, told at the line to blame.
//
// The options of a block are those of a connection that only this block (and what always holds) applies to.
#pragma once

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "config/keyword.h"
#include "config/lint/document.h"
#include "config/lint/line_rules.h"
#include "config/lint/order_rules.h"

namespace nacre::lint {

template <class Options>
struct OptionRule {
    const Rule* rule;
    std::array<std::string_view, 4> keywords;                     // to blame, the first that was set
    bool (*holds)(const Options&);
    std::string_view advice;
    bool only_for_all = false;                                    // harmless where it is said of chosen hosts
};

template <class Options>
class Audit {
public:
    Audit(const KeywordTable<Options>& table, std::span<const OptionRule<Options>> rules, const Document& document,
          Side side, Findings& findings)
        : table_(table), rules_(rules), document_(document), side_(side), findings_(findings)
    {
    }

    void run()
    {
        State global{table_.rows.size()};
        for (auto& line : document_.lines)
            if (is_global(line))
                set(global, line);
        judge(global, nullptr);
        // Lines of a block follow each other, but for what it includes: the files of that are blocks of their own.
        State before{table_.rows.size()};                         // a client's values that come before the block
        for (std::size_t i = 0; i < document_.lines.size();) {
            auto& first = document_.lines[i];
            if (is_global(first)) {
                if (side_ == Side::client)
                    set(before, first);
                ++i;
                continue;
            }
            auto state = global;
            auto set_before = before.set_by;
            for (; i < document_.lines.size() && document_.lines[i].block == first.block; ++i)
                override_with(state, document_.lines[i], set_before);
            judge(state, &document_.blocks[first.block]);
        }
    }

private:
    struct State {
        explicit State(std::size_t rows) : set_by(rows) {}
        Options options;
        std::vector<const DocumentLine*> set_by;                  // by row
    };

    bool is_global(const DocumentLine& line) const
    {
        auto& block = document_.blocks[line.block];
        return side_ == Side::client ? block.always : block.always && !block.in_match;
    }
    void set(State& state, const DocumentLine& line)
    {
        auto& row = table_.rows[line.keyword.index];
        auto*& by = state.set_by[line.keyword.index];
        if (!row.parse || (by && row.repeat == Repeat::first_wins))
            return;
        Arguments arguments{line.words, line.rest};
        if (row.parse(state.options, arguments) && !by)
            by = &line;
    }
    void override_with(State& state, const DocumentLine& line, std::vector<const DocumentLine*>& set_before)
    {
        auto& row = table_.rows[line.keyword.index];
        auto*& already = set_before[line.keyword.index];
        if (!row.parse || (already && row.repeat == Repeat::first_wins))
            return;
        if (!already && side_ == Side::server)
            row.override_with(state.options, default_);           // a Match replaces what was gathered outside
        already = &line;
        state.set_by[line.keyword.index] = &line;
        Arguments arguments{line.words, line.rest};
        (void)row.parse(state.options, arguments);
    }
    const DocumentLine* blamed(const State& state, const OptionRule<Options>& rule, const Block* block) const
    {
        const DocumentLine* blamed = nullptr;
        for (auto name : rule.keywords) {
            auto* row = name.empty() ? nullptr : table_.find(name);
            auto* line = row ? state.set_by[table_.index_of(*row)] : nullptr;
            if (line && block && &document_.blocks[line->block] == block)
                return line;
            if (line && !blamed)
                blamed = line;
        }
        return block ? nullptr : blamed;                          // what the block does not change was told before
    }
    void judge(const State& state, const Block* block)
    {
        for (auto& rule : rules_) {
            if ((rule.only_for_all && block) || !rule.holds(state.options))
                continue;
            if (auto* line = blamed(state, rule, block); line && told_.insert({rule.rule, line}).second)
                findings_.add(*rule.rule, line->origin, std::string{rule.advice});
        }
    }

    const KeywordTable<Options>& table_;
    std::span<const OptionRule<Options>> rules_;
    const Document& document_;
    Side side_;
    Findings& findings_;
    const Options default_{};
    std::set<std::pair<const Rule*, const DocumentLine*>> told_;
};

// All rules, on what a reader has found; `findings` are those of reading.
template <class Options>
Findings apply_rules(const KeywordTable<Options>& table, std::span<const OptionRule<Options>> rules, Dialect& dialect,
                     const Document& document, ConfigSources& sources, Findings findings)
{
    check_lines(document, dialect, sources, findings);
    check_blocks(document, findings);
    check_order(document, dialect.side(), findings);
    Audit<Options>{table, rules, document, dialect.side(), findings}.run();
    findings.sort();
    return findings;
}

} // namespace nacre::lint
