// Puts values into options: the first one wins, and where it came from is written down.
//
// Lines that do not apply (the block they stand in does not match, or an earlier value won) are parsed all the
// same, into a scratch copy: what is wrong with a file does not depend on the host that one connects to.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/keyword.h"
#include "config/provenance.h"

namespace nacre {

template <class Options>
class Assigner {
public:
    explicit Assigner(const KeywordTable<Options>& table) : table_(table) {}

    void assign(const Keyword<Options>& row, Arguments arguments, Origin origin, bool active, Diagnostics& diagnostics)
    {
        if (!row.parse)
            return mention_old_name(row, origin, diagnostics);
        auto index = table_.index_of(row);
        bool counts = active && (row.repeat == Repeat::accumulates || !set_[index]);
        auto& target = counts ? options_ : scratch_;
        if (!counts)
            row.override_with(scratch_, default_);                // what adds up would add up here too
        auto parsed = row.parse(target, arguments);
        if (parsed && !arguments.at_end())
            parsed = bad_input("extra arguments at end of line");
        if (!parsed)
            return diagnostics.error(fmt::format("{}: {}: {}", place(origin), row.name, parsed.error().what));
        if (row.support == Support::later && !row.same(target, default_))
            diagnostics.warning(fmt::format("{}: keyword {} is not supported yet and has no effect", place(origin),
                                            row.name));
        if (row.support == Support::unsupported && !row.same(target, default_))
            diagnostics.warning(fmt::format("{}: Unsupported option \"{}\" has no effect ({})", place(origin), row.name,
                                            row.description));
        if (!active)
            return;
        origin.text = trim(arguments.text());
        if (!counts)
            return provenance_.lose(row.name, std::move(origin));
        set_[index] = true;
        provenance_.add(row.name, std::move(origin));
    }

    // Later values for this keyword do not count.
    void close(std::string_view keyword)
    {
        if (auto* row = table_.find(keyword))
            set_[table_.index_of(*row)] = true;
    }

    // Everything that was set here replaces what `into` has, which then counts as lost.
    void override_in(Options& into, Provenance& provenance) const
    {
        for (auto& row : table_.rows) {
            if (!set_[table_.index_of(row)] || !row.override_with)
                continue;
            row.override_with(into, options_);
            auto replaced = provenance.of(row.name);
            provenance.replace(row.name, provenance_.of(row.name));
            for (auto* origins : {&provenance_.lost(row.name), &std::as_const(replaced)})
                for (auto& origin : *origins)
                    provenance.lose(row.name, origin);
        }
    }

    Options& options() { return options_; }
    const Options& options() const { return options_; }
    const Provenance& provenance() const { return provenance_; }

private:
    void mention_old_name(const Keyword<Options>& row, const Origin& origin, Diagnostics& diagnostics)
    {
        if (row.support == Support::deprecated)
            diagnostics.note(fmt::format("{}: Deprecated option {}", place(origin), row.name));
        if (row.support == Support::unsupported)
            diagnostics.warning(fmt::format("{}: Unsupported option \"{}\"", place(origin), row.name));
    }

    const KeywordTable<Options>& table_;
    Options options_, scratch_;
    const Options default_;
    std::bitset<256> set_;
    Provenance provenance_;
};

} // namespace nacre
