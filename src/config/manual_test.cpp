// The manual pages ssh_config.5 and sshd_config.5 say what the tables of keywords and of lint rules say.
//
// They are made here, of a frame (man/*.in), of texts (man/keywords/*.txt) and of the tables; the test fails if the page
// in the tree differs.  With NACRE_WRITE_MANUALS=1 in the environment it writes the page instead.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "base/text.h"
#include "config/client_config.h"
#include "config/client_keywords.h"
#include "config/lexer.h"
#include "config/lint/rules.h"
#include "config/server_config.h"
#include "config/server_keywords.h"

namespace nacre {
namespace {

namespace fs = std::filesystem;
const fs::path manuals = fs::path{NACRE_SOURCE_DIR} / "man";

std::string content_of(const fs::path& path)
{
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

struct Entry {
    std::string values, text;
};

// "Keyword: values", then indented lines.
std::map<std::string, Entry> entries_in(const fs::path& path)
{
    std::map<std::string, Entry> entries;
    Entry* entry = nullptr;
    for_each_line(content_of(path), [&](std::size_t number, std::string_view line) {
        if (line.empty() || line.starts_with('#'))
            return;
        if (line.starts_with(' ')) {
            ASSERT_TRUE(entry) << path << ":" << number;
            entry->text.append(entry->text.empty() ? "" : "\n").append(trim(line));
            return;
        }
        auto colon = line.find(": ");
        ASSERT_NE(colon, std::string_view::npos) << path << ":" << number;
        auto [place, is_new] = entries.try_emplace(std::string{line.substr(0, colon)});
        EXPECT_TRUE(is_new) << line;
        entry = &place->second;
        entry->values = line.substr(colon + 2);
    });
    return entries;
}

// `x` is bold, <x> is something that varies.
std::string in_mdoc(std::string_view text)
{
    std::string mdoc;
    bool bold = false;
    for (char c : text) {
        if (c == '`')
            mdoc += (bold = !bold) ? "\\fB" : "\\fR";
        else if (c == '<' || c == '>')
            mdoc += c == '<' ? "\\fI" : bold ? "\\fB" : "\\fR";
        else if (c == '\\')
            mdoc += "\\e";
        else if (c == ' ' && (mdoc.ends_with('.') && !mdoc.ends_with("..")))
            mdoc += '\n';                                         // a new sentence, a new line
        else
            mdoc += c;
    }
    return mdoc;
}

std::string sentence(std::string_view text)
{
    std::string whole{text};
    if (!whole.empty() && whole[0] >= 'a' && whole[0] <= 'z')
        whole[0] = static_cast<char>(whole[0] - 'a' + 'A');
    return whole + ".";
}

std::map<std::string, std::string> values_in(const std::string& dump)
{
    std::map<std::string, std::string> values;
    for_each_line(dump, [&](std::size_t, std::string_view line) {
        auto blank = line.find(' ');
        auto& value = values[std::string{line.substr(0, blank)}];
        value.append(value.empty() ? "" : ", ").append(line.substr(blank + 1));
    });
    return values;
}

template <class Options>
std::string keywords(const KeywordTable<Options>& table, const std::string& page, const std::string& defaults)
{
    auto entries = entries_in(manuals / "keywords" / (page + ".txt"));
    auto values = values_in(defaults);
    std::string mdoc;
    for (auto& row : table.rows) {
        auto found = entries.find(std::string{row.name});
        if (!row.parse && row.support != Support::structure) {
            EXPECT_EQ(found, entries.end()) << row.name << " is listed among the old keywords";
            continue;
        }
        if (row.support == Support::ignored)
            continue;
        EXPECT_NE(found, entries.end()) << row.name << " is missing in man/keywords/" << page << ".txt";
        if (found == entries.end())
            continue;
        mdoc += fmt::format(".It Cm {} No \"{}\"\n{}\n", row.name, in_mdoc(found->second.values), sentence(row.description));
        if (!found->second.text.empty())
            mdoc += in_mdoc(found->second.text) + "\n";
        auto value = values.find(to_lower(row.name));
        if (found->second.values != "<algorithms>" && value != values.end())
            mdoc += fmt::format("Default: \\fB{}\\fR.\n", in_mdoc(value->second));
        if (page == "sshd_config" && row.parse && row.where == Where::outside_match)
            mdoc += "Not in a \\fBMatch\\fR block.\n";
        entries.erase(found);
    }
    for (auto& [name, entry] : entries)
        ADD_FAILURE() << name << " of man/keywords/" << page << ".txt is no keyword";
    return mdoc;
}

template <class Options>
std::string old_keywords(const KeywordTable<Options>& table)
{
    std::string mdoc;
    for (auto& row : table.rows)
        if (row.support != Support::structure && (!row.parse || row.support == Support::ignored))
            mdoc += fmt::format(".It Cm {}\n{}\n", row.name, sentence(row.description));
    for (auto& alias : table.aliases)
        mdoc += fmt::format(".It Cm {}\nNow \\fB{}\\fR.\n", alias.name, alias.keyword);
    return mdoc;
}

std::string lint_rules()
{
    std::string mdoc;
    for (auto* rule : lint::all_rules) {
        constexpr std::array<std::string_view, 3> severities{"Note", "Warning", "Error"};
        mdoc += fmt::format(".It Cm {}\n{}: {}.\n", rule->name, severities[static_cast<std::size_t>(rule->severity)],
                            rule->description);
    }
    return mdoc;
}

void check_page(const std::string& page, const std::map<std::string, std::string>& parts)
{
    std::string made;
    for_each_line(content_of(manuals / (page + ".5.in")), [&](std::size_t, std::string_view line) {
        if (auto part = parts.find(std::string{line}); part != parts.end())
            made += part->second;
        else
            made.append(line).append("\n");
    });
    auto path = manuals / (page + ".5");
    if (std::getenv("NACRE_WRITE_MANUALS"))
        std::ofstream{path} << made;
    EXPECT_TRUE(content_of(path) == made)
        << path << " is not what the tables say; run NACRE_WRITE_MANUALS=1 config_test --gtest_filter='Manual*' and look";
}

TEST(Manual, OfTheClientNamesEveryKeyword)
{
    auto defaults = dump_client_options(with_defaults({}, ClientSituation{}), "");
    check_page("ssh_config", {{"@KEYWORDS@", keywords(client_keywords(), "ssh_config", defaults)},
                              {"@RULES@", lint_rules()},
                              {"@OLD@", old_keywords(client_keywords())}});
}

TEST(Manual, OfTheServerNamesEveryKeyword)
{
    check_page("sshd_config", {{"@KEYWORDS@", keywords(server_keywords(), "sshd_config", dump_server_options({}))},
                               {"@OLD@", old_keywords(server_keywords())}});
}

} // namespace
} // namespace nacre
