// `ssh -G --explain`, `sshd -T --explain`: each value with the line that set it, and the lines that came too late.
//
//     port 2222
//         # /home/joe/.ssh/config line 12, Host *.example.org
//         # not /etc/ssh/ssh_config line 3: Port 22
//     compression no
//         # default
//
// The text is still a configuration file: the reasons are comments.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "config/keyword.h"
#include "config/provenance.h"

namespace nacre {

enum class Rendering { text, json };

struct Explanation {
    std::string_view keyword;                                     // as in the table
    std::vector<std::string> values;                              // as a dump has them, one for each of its lines
    std::vector<Origin> set_by;                                   // empty: the default
    std::vector<Origin> shadowed;
};

std::string to_text(std::span<const Explanation> explanations);
std::string to_json(std::span<const Explanation> explanations);   // a list of objects
std::string json_of(const Origin& origin);                        // {"file": …, "line": …, "condition": …, "text": …}
std::string sentence(const Origin& origin);                       // "/etc/ssh/ssh_config line 3, Host *.example.org"

// Of every keyword that has a value or a story.
template <class Options>
std::vector<Explanation> explain(const KeywordTable<Options>& table, const Options& options, const Provenance& provenance)
{
    std::vector<Explanation> explanations;
    for (auto& row : table.rows) {
        if (!row.print)
            continue;
        std::string printed;
        Lines lines{printed, row.name};
        row.print(options, lines);
        Explanation explanation{row.name, {}, provenance.of(row.name), provenance.lost(row.name)};
        for (auto line : split(printed, '\n'))
            if (!line.empty())
                explanation.values.emplace_back(line.substr(row.name.size() + 1));
        if (!explanation.values.empty() || !explanation.set_by.empty() || !explanation.shadowed.empty())
            explanations.push_back(std::move(explanation));
    }
    return explanations;
}

} // namespace nacre
