#include "config/lint/line_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/lint/algorithm_rules.h"

namespace nacre::lint {

namespace {

// Keywords whose files must be there, and what happens if they are not.
struct FileKeyword {
    std::string_view name;
    std::string_view otherwise;
};

constexpr std::array file_keywords{
    FileKeyword{"Banner", "no banner is shown"},
    FileKeyword{"CertificateFile", "it is left out"},
    FileKeyword{"HostCertificate", "it is not offered"},
    FileKeyword{"HostKey", "it is not offered"},
    FileKeyword{"IdentityFile", "it is left out"},
    FileKeyword{"ModuliFile", "group exchange uses fixed groups"},
    FileKeyword{"RevokedHostKeys", "every host is refused"},
    FileKeyword{"RevokedKeys", "every key is refused"},
    FileKeyword{"TrustedUserCAKeys", "no certificate is accepted"},
};

void check_files(const DocumentLine& line, ConfigSources& sources, Findings& findings)
{
    auto row = std::ranges::find(file_keywords, line.keyword.name, &FileKeyword::name);
    if (row == file_keywords.end())
        return;
    for (auto& word : line.words) {
        auto path = plain_path(word, sources);
        // A private key may be in an agent or on a token, with only its public half here.
        if (path && sources.glob(*path).empty() && sources.glob(*path + ".pub").empty())
            findings.add(rule::missing_file, line.origin,
                         fmt::format("{}: there is no file {}; {}", row->name, printable(*path), row->otherwise));
    }
}

void check_support(const DocumentLine& line, bool differs, Findings& findings)
{
    auto& keyword = line.keyword;
    switch (keyword.support) {
    case Support::ignored:
    case Support::deprecated:
        return findings.add(rule::obsolete_keyword, line.origin,
                            fmt::format("{} does nothing: {}", keyword.name, keyword.description));
    case Support::unsupported:
        if (differs || !keyword.has_value)
            findings.add(rule::obsolete_keyword, line.origin,
                         fmt::format("{} does nothing: {}", keyword.name, keyword.description));
        return;
    case Support::later:
        if (differs)
            findings.add(rule::no_effect_yet, line.origin,
                         fmt::format("{} is not obeyed by this version", keyword.name));
        return;
    case Support::obeyed:
    case Support::ours:
    case Support::later_quietly:
    case Support::structure:
        return;
    }
}

} // namespace

void check_lines(const Document& document, Dialect& dialect, ConfigSources& sources, Findings& findings)
{
    for (auto& line : document.lines) {
        auto& keyword = line.keyword;
        auto& block = document.blocks[line.block];
        // What stands behind "Match all" is outside of every block that somebody could fail to match.
        bool in_match = block.in_match && !block.always;
        if (dialect.side() == Side::server && in_match && keyword.where == Where::outside_match && keyword.has_value)
            findings.add(rule::global_in_match, line.origin,
                         fmt::format("{} may not stand in a Match block; put it above line {}", keyword.name,
                                     block.origin.line));
        if (keyword.by_alias)
            findings.add(rule::old_name, line.origin, fmt::format("the keyword is called {} now", keyword.name));
        bool differs = false;
        if (keyword.has_value) {
            auto checked = dialect.check(keyword.index, Arguments{line.words, line.rest});
            if (!checked) {
                findings.add(rule::bad_value, line.origin, fmt::format("{}: {}", keyword.name, checked.error().what));
                continue;
            }
            differs = *checked;
        }
        check_support(line, differs, findings);
        check_algorithms(line, findings);
        check_files(line, sources, findings);
    }
}

void check_blocks(const Document& document, Findings& findings)
{
    for (auto& block : document.blocks) {
        if (block.kind.empty())
            continue;
        if (block.lines == 0)
            findings.add(rule::empty_block, block.origin, fmt::format("nothing stands under this {} line", block.kind));
        if (block.kind != "Host")
            continue;
        if (std::ranges::all_of(block.words, [](auto& word) { return word.starts_with('!'); }))
            findings.add(rule::never_matches, block.origin, "only negated patterns: add one that matches, such as *");
        for (auto& word : block.words) {
            if (word.contains(','))
                findings.add(rule::comma_in_host, block.origin,
                             fmt::format("\"{}\" is one pattern; blanks separate patterns here", printable(word)));
            if (word.contains('@'))
                findings.add(rule::never_matches, block.origin,
                             fmt::format("\"{}\" names a user; hosts are matched without one (Match user, User)",
                                         printable(word)));
        }
    }
}

} // namespace nacre::lint
