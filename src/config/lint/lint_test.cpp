// Every file of tests/configurations/lint says itself, in lines that begin with "#!", what is to be found in it: a line
// number (or the end of a file's name) and a rule.
#include "config/lint/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/text.h"
#include "config/client_keywords.h"
#include "config/lexer.h"
#include "config/server_config.h"
#include "support/fake_config_sources.h"

namespace nacre::lint {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

const fs::path corpus = fs::path{NACRE_SOURCE_DIR} / "tests/configurations";

std::string content_of(const fs::path& path)
{
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

test::FakeConfigSources sources_with(const std::string& path, const std::string& text)
{
    test::FakeConfigSources sources;
    sources.add(path, text);
    for (auto here : {"/home/joe/.ssh/id_here", "/etc/ssh/here_key"})
        sources.add(here, "");
    sources.add("/etc/ssh/loop.conf", "Include /etc/ssh/loop.conf\n");
    sources.add("/etc/ssh/open.conf", "Port 22\n");
    sources.files["/etc/ssh/open.conf"].mode = 0666;
    return sources;
}

Strings expected_in(const std::string& text)
{
    Strings expected;
    for_each_line(text, [&](std::size_t, std::string_view line) {
        if (line.starts_with("#! "))
            expected.emplace_back(trim(line.substr(3)));
    });
    std::ranges::sort(expected);
    return expected;
}

Strings found_in(const Findings& findings)
{
    Strings found;
    for (auto& each : findings.all())
        if (each.rule != &rule::no_effect_yet)                    // comes and goes with what is built
            found.push_back(fmt::format("{} {}", each.where.line == 0 ? fs::path{each.where.file}.filename().string()
                                                                  : std::to_string(each.where.line), each.rule->name));
    std::ranges::sort(found);
    return found;
}

std::set<std::string_view> rules_seen;

void check_all(const char* side, const std::string& path, auto lint)
{
    std::size_t files = 0;
    for (auto& entry : fs::directory_iterator{corpus / "lint" / side}) {
        SCOPED_TRACE(entry.path().string());
        auto text = content_of(entry.path());
        auto sources = sources_with(path, text);
        auto findings = lint(sources);
        EXPECT_EQ(found_in(findings), expected_in(text)) << to_text(findings);
        for (auto& each : findings.all())
            rules_seen.insert(each.rule->name);
        ++files;
    }
    EXPECT_GE(files, 15u);
}

// On what is built, or on the machine: server/server_lint_test.cpp.
bool depends_on_more(const Rule* rule)
{
    return rule == &rule::no_effect_yet || rule == &rule::refused || rule == &rule::unusable_host_key ||
           rule == &rule::hosts_not_enforced;
}

TEST(Lint, FindsInEachFileWhatItSays)
{
    check_all("ssh", "/home/joe/.ssh/config", [](auto& sources) { return lint_client(sources, std::nullopt); });
    check_all("sshd", "/etc/ssh/sshd_config", [](auto& sources) { return lint_server(sources, "/etc/ssh/sshd_config"); });
    for (auto* rule : all_rules)
        EXPECT_TRUE(depends_on_more(rule) || rules_seen.contains(rule->name)) << rule->name << " is not exercised by any file";
}

TEST(Lint, TellsOfKeywordsThatAreNotObeyedYet)
{
    for (auto& row : client_keywords().rows) {
        if (row.support != Support::later || !row.parse)
            continue;
        bool told = false;
        for (auto value : {"yes", "no", "/x", "7", "a:1", "7 a:1", "ask", "session=7"}) {
            auto sources = sources_with("/c", fmt::format("{} {}\n", row.name, value));
            auto findings = lint_client(sources, "/c");
            told = told || std::ranges::any_of(findings.all(), [](auto& each) { return each.rule == &rule::no_effect_yet; });
        }
        EXPECT_TRUE(told) << row.name;
    }
}

TEST(Lint, RulesHaveNamesOfTheirOwnAndDescriptions)
{
    std::set<std::string_view> names;
    for (auto* rule : all_rules) {
        EXPECT_TRUE(names.insert(rule->name).second) << rule->name;
        EXPECT_FALSE(rule->description.empty());
    }
}

TEST(Lint, FindsNothingInWhatDebianShips)
{
    auto server = sources_with("/etc/ssh/sshd_config", content_of(corpus / "debian-12-sshd_config"));
    EXPECT_EQ(to_text(lint_server(server, "/etc/ssh/sshd_config")), "");
    test::FakeConfigSources client;
    client.add("/etc/ssh/ssh_config", content_of(corpus / "debian-12-ssh_config"));
    EXPECT_EQ(to_text(lint_client(client, std::nullopt)), "");
}

// Line 2 of each is what the server does not start with.
TEST(Lint, SaysNoToWhateverTheServerRefuses)
{
    for (auto line : {"AuthorizedKeysCommand /bin/x", "AuthorizedPrincipalsCommand /bin/x", "AuthenticationMethods hostbased",
                      "ListenAddress [::1", "ListenAddress 1.2.3.4:99999", "Subsystem sftp", "Banner ~stranger/banner",
                      "AuthorizedKeysFile a ~stranger/b", "Port 0", "Prot 22", "Match", "Match user", "Match hostt x", "MaxStartups 10:30",
                      "Match user x\nPort 22", "AllowUsers", "PermitRootLogin perhaps", "Banner \"x", "Ciphers none-such",
                      "X11Forwarding yes no", "Include /etc/ssh/loop.conf"}) {
        auto sources = sources_with("/c", fmt::format("LogLevel INFO\n{}\n", line));
        EXPECT_FALSE(read_server_config(sources, "/c", {}).diagnostics.ok()) << line;
        auto findings = lint_server(sources, "/c");
        EXPECT_EQ(findings.exit_status(), 2) << line;
        EXPECT_TRUE(std::ranges::any_of(findings.all(), [](auto& each) {
            return each.rule->severity == Severity::error && (each.where.line >= 2 || each.where.file != "/c");
        })) << line << '\n' << to_text(findings);
    }
    for (auto& entry : fs::directory_iterator{corpus / "lint" / "sshd"}) {
        auto sources = sources_with("/c", content_of(entry.path()));
        bool is_read = read_server_config(sources, "/c", {}).diagnostics.ok();
        EXPECT_TRUE(is_read || lint_server(sources, "/c").exit_status() == 2) << entry.path();
    }
}

TEST(Lint, TheUsersFileMayOverrideTheSystems)
{
    auto sources = sources_with("/home/joe/.ssh/config", "Port 22\n");
    sources.add("/etc/ssh/ssh_config", "Port 23\n");
    EXPECT_EQ(to_text(lint_client(sources, std::nullopt)), "");
}

TEST(Lint, IncludedBlocksStandInTheBlockThatIncludesThem)
{
    auto sources = sources_with("/home/joe/.ssh/config", "Host a\n  Include more\nHost b\n  Include more\n");
    sources.add("/home/joe/.ssh/more", "User x\nHost *\n  Port 23\n");
    EXPECT_EQ(to_text(lint_client(sources, std::nullopt)), "");
}

TEST(Lint, ShowsFindingsAsTextAndJson)
{
    auto sources = sources_with("/c", "Prot 22\n");
    auto findings = lint_client(sources, "/c");
    EXPECT_EQ(findings.exit_status(), 2);
    EXPECT_EQ(to_text(findings),
              "/c:1: error: there is no keyword \"Prot\" (did you mean Port?) [unknown-keyword]\n1 error\n");
    EXPECT_EQ(to_json(findings), "{\"findings\": [\n  {\"severity\": \"error\", \"rule\": \"unknown-keyword\", \"file\": "
                                 "\"/c\", \"line\": 1, \"condition\": null, \"message\": \"there is no keyword \\\"Prot\\\" "
                                 "(did you mean Port?)\"}], \"errors\": 1, \"warnings\": 0, \"notes\": 0}\n");
    EXPECT_EQ(lint_client(sources, "none").exit_status(), 0);
    EXPECT_EQ(lint_client(sources, "/gone").exit_status(), 2);
}

TEST(Lint, LargeFilesTakeTheirTimeOnly)
{
    std::string text;
    for (int i = 0; i < 5'000; ++i)
        text += fmt::format("Host h{0}.example.org *{0}*\n  User u{0}\n  Port 22\n  Bogus{0} x\n", i);
    auto sources = sources_with("/c", text);
    auto findings = lint_client(sources, "/c");
    EXPECT_EQ(findings.count(Severity::error), 5'000u);
    EXPECT_EQ(findings.all().size(), Findings::most);
}

} // namespace
} // namespace nacre::lint
