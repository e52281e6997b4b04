// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/keys_command.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/expand.h"
#include "config/lexer.h"
#include "config/none.h"
#include "keys/fingerprint.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

constexpr std::size_t longest_output = 8 * 1024 * 1024;

// One of the two commands, as the configuration has it.
struct Helper {
    std::string_view keyword;
    const std::string& command;
    const std::string& user;
    std::string_view tokens;
};

Tokens command_tokens(const KeyLookup& lookup)
{
    auto& c = lookup.connection;
    Tokens values;
    values.set('C', fmt::format("{} {} {} {}", c.peer_host, c.peer_port, c.local_host, c.local_port));
    values.set('D', c.rdomain);
    values.set('f', fingerprint(lookup.key, lookup.options.fingerprint_hash));
    values.set('h', lookup.account.home);
    values.set('k', to_base64(lookup.key.blob()));
    values.set('t', std::string{lookup.key.type().name});
    values.set('U', std::to_string(lookup.account.uid)).set('u', lookup.account.name);
    if (lookup.certificate) {
        auto& authority = lookup.certificate->authority;
        values.set('F', fingerprint(authority, lookup.options.fingerprint_hash));
        values.set('i', lookup.certificate->terms.key_id);
        values.set('K', to_base64(authority.blob()));
        values.set('s', std::to_string(lookup.certificate->terms.serial));
        values.set('T', std::string{authority.type().name});
    }
    return values;
}

Result<UserAccount> command_user(const KeyLookup& lookup, const Helper& helper)
{
    Tokens values;
    values.set('u', lookup.account.name);
    auto name = TRY(expand_tokens(helper.user, values, "u"));
    auto account = TRY(user_named(name));
    if (!account)
        return bad_input(fmt::format("{}User \"{}\" not found", helper.keyword, name));
    return *std::move(account);
}

// The program behind the path, where links lead.  Its folders and itself are root's: what runs here decides who gets in.
Result<std::string> checked_program(const std::string& path, std::string_view keyword)
{
    if (!path.starts_with('/'))
        return bad_input(fmt::format("{} path is not absolute: {}", keyword, path));
    auto program = TRY(real_path(path));
    auto facts = TRY(file_facts(program));
    if (!facts.is_regular || facts.uid != 0 || (facts.mode & 022) != 0)
        return not_permitted(fmt::format("Unsafe {} \"{}\": bad ownership or modes for file", keyword, path));
    auto slash = program.rfind('/');
    if (auto folder = check_root_directory(program.substr(0, slash == 0 ? 1 : slash)); !folder)
        return fail(in_context(fmt::format("Unsafe {} \"{}\"", keyword, path), std::move(folder).error()));
    return program;
}

Result<SpawnRequest> request_for(const KeyLookup& lookup, const Helper& helper)
{
    auto words = TRY(lex_words(helper.command));
    if (words.empty())
        return bad_input(fmt::format("{} is empty", helper.keyword));
    auto program = TRY(checked_program(words.front(), helper.keyword));
    auto user = TRY(command_user(lookup, helper));
    SpawnRequest request;
    request.program = std::move(program);
    auto values = command_tokens(lookup);
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto word = TRY(expand_tokens(words[i], values, i == 0 ? "" : helper.tokens));
        request.arguments.push_back(std::move(word));
    }
    if (words.size() == 1)
        request.arguments.push_back(lookup.account.name);
    Environment environment;
    environment.set("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/games");
    environment.set("USER", user.name);
    environment.set("LOGNAME", user.name);
    environment.set("HOME", user.home);
    environment.set("SHELL", user.shell);
    request.environment = std::move(environment);
    request.input = request.error = null_stream;
    request.die_with_parent = true;
    request.directory = std::string{"/"};                         // GCC 12 warns of an assigned literal here
    if (is_root()) {
        auto groups = TRY(group_ids_of(user));
        request.identity = Identity{user.uid, user.gid, std::move(groups)};
    }
    return request;
}

// What it printed; nothing if there is none, or if it failed.
Result<std::optional<std::string>> output_of(const KeyLookup& lookup, const Helper& helper, Log& log)
{
    if (is_unset(helper.command))
        return std::nullopt;
    if (is_unset(helper.user))                                    // in a Match block; elsewhere sshd does not start
        return bad_input(fmt::format("{0} is not run: {0}User does not say by whom", helper.keyword));
    auto request = TRY(request_for(lookup, helper));
    auto captured = TRY(capture(std::move(request), longest_output, lookup.asker));
    if (!captured.status.success()) {
        log.error("{} {} failed, status {}", helper.keyword, printable(helper.command),
                  captured.status.signal != 0 ? captured.status.signal : captured.status.code);
        return std::nullopt;
    }
    return std::string{as_text(captured.output)};
}

} // namespace

Result<std::optional<KeyPermission>> ask_keys_command(const KeyLookup& lookup, Log& log)
{
    auto& options = lookup.options;
    Helper helper{"AuthorizedKeysCommand", options.authorized_keys_command, options.authorized_keys_command_user,
                  tokens::keys_command};
    auto output = TRY(output_of(lookup, helper, log));
    if (!output)
        return std::nullopt;
    return search_authorized_keys({*output, "(command)"}, line_check(lookup), log);
}

Result<std::optional<KeyPermission>> ask_principals_command(const KeyLookup& lookup, Log& log)
{
    auto& options = lookup.options;
    Helper helper{"AuthorizedPrincipalsCommand", options.authorized_principals_command,
                  options.authorized_principals_command_user, tokens::principals_command};
    auto output = TRY(output_of(lookup, helper, log));
    if (!output)
        return std::nullopt;
    return search_principals({*output, "(command)"}, line_check(lookup), log);
}

} // namespace nacre
