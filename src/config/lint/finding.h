// What --lint has found, and how it is shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/lint/rules.h"
#include "config/provenance.h"

namespace nacre::lint {

struct Finding {
    const Rule* rule;
    Origin where;                                                 // line 0: the whole file
    std::string what;
};

class Findings {
public:
    static constexpr std::size_t most = 1000;                     // nobody reads more; the rest is counted

    void add(const Rule& rule, const Origin& where, std::string what);   // the same once
    void sort();                                                  // by file and line

    const std::vector<Finding>& all() const { return all_; }
    bool is_full() const { return all_.size() == most; }
    std::size_t count(Severity severity) const { return counts_[static_cast<std::size_t>(severity)]; }
    int exit_status() const;                                      // 0: nothing but notes, 1: warnings, 2: errors

private:
    std::vector<Finding> all_;
    std::size_t counts_[3] = {};
};

std::string_view name_of(Severity severity);

// "FILE:LINE: warning: … [rule]" for each, and a line that counts them; nothing if there are none.
std::string to_text(const Findings& findings);
// {"findings": [{"severity", "rule", "file", "line", "condition", "message"}…], "errors": n, "warnings": n, "notes": n}
std::string to_json(const Findings& findings);

} // namespace nacre::lint
