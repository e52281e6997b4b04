// PRIVILEGED: sshd itself.
#include "server/server_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/text.h"
#include "config/lexer.h"
#include "config/lint/lint.h"
#include "config/server_config.h"
#include "config/spelling.h"
#include "os/user.h"
#include "server/configuration.h"
#include "server/host_keys.h"
#include "server/host_rules.h"

namespace nacre {
namespace {

// The line of `keyword` whose value is `what` asks for; where there is none, the whole file.
template <class IsMeant>
Origin origin_of(const ServerConfig& config, const std::string& file, std::string_view keyword, IsMeant is_meant)
{
    for (auto& origin : config.provenance().of(keyword)) {
        auto line = fmt::format("{} {}", keyword, origin.text);   // of which the lexer shows parts
        if (auto lexed = lex_line(line); lexed && is_meant(Arguments{lexed->words, std::string{lexed->rest}}))
            return origin;
    }
    return {file, 0, ""};
}

bool says(Arguments arguments, const ListenAddress& address)
{
    std::vector<ListenAddress> said;
    return Spelling<std::vector<ListenAddress>>::parse(said, arguments) && said.front() == address;
}

bool names(Arguments arguments, std::string_view path)
{
    auto word = arguments.next();
    return word && *word == path;
}

bool is_found_already(const lint::Findings& findings, const Origin& where)
{
    return std::ranges::any_of(findings.all(), [&](auto& each) {
        return each.rule == &lint::rule::missing_file && each.where.file == where.file && each.where.line == where.line;
    });
}

void check_host_keys(const ServerConfig& config, const std::string& file, lint::Findings& findings)
{
    NoLog log;
    auto keys = OwnHostKeys::load(config.global(), log);
    bool is_root = effective_uid() == 0;
    bool is_judged = true;
    for (auto& each : keys.unusable()) {
        if (each.os_error == EACCES && !is_root) {
            is_judged = false;
            continue;
        }
        Origin where;
        for (auto keyword : {"HostKey", "HostCertificate"})
            if (where.line == 0)
                where = origin_of(config, file, keyword, [&](auto words) { return names(words, each.path); });
        if (!is_found_already(findings, where))
            findings.add(lint::rule::unusable_host_key, where, each.why);
    }
    if (!keys.empty() || !is_judged)
        return;
    auto where = origin_of(config, file, "HostKey", [](auto) { return true; });
    findings.add(lint::rule::refused, where, fmt::format("{}: \"ssh-keygen -A\" makes them in /etc/ssh", no_host_keys));
}

// What a configuration that can be read meets on this machine.
void check_here(const ServerConfig& config, const ServerArguments& arguments, lint::Findings& findings)
{
    auto& file = arguments.config_file;
    auto addresses = look_up_listen_addresses(config.global());
    for (auto& address : addresses.unknown)
        findings.add(lint::rule::bad_value,
                     origin_of(config, file, "ListenAddress", [&](auto words) { return says(words, address.written); }),
                     fmt::format("ListenAddress: {}", address.why));
    check_host_keys(config, file, findings);
    if (auto checked = check_machine(config.global()); !checked)
        findings.add(lint::rule::refused, {file, 0, ""}, checked.error().what);
    if (auto gap = unenforced_host_rules())
        findings.add(lint::rule::hosts_not_enforced, {file, 0, ""}, *gap);
}

} // namespace

lint::Findings lint_server_configuration(ConfigSources& sources, const ServerArguments& arguments)
{
    auto findings = lint::lint_server(sources, arguments.config_file);
    auto reading = read_server_configuration(sources, arguments);
    if (reading.diagnostics.ok())
        check_here(reading.config, arguments, findings);
    else if (findings.count(lint::Severity::error) == 0)          // an option of the command line
        for (auto& error : reading.diagnostics.errors)
            findings.add(lint::rule::refused, {arguments.config_file, 0, ""}, printable(error));
    findings.sort();
    return findings;
}

} // namespace nacre
