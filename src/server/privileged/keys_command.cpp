// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/keys_command.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/expand.h"
#include "config/lexer.h"
#include "keys/fingerprint.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/safe_file.h"
#include "server/version.h"

namespace nacre {
namespace {

constexpr std::size_t longest_output = 1024 * 1024;

Tokens command_tokens(const KeyLookup& lookup)
{
    auto& c = lookup.connection;
    Tokens values;
    values.set('C', fmt::format("{} {} {} {}", c.peer_host, c.peer_port, c.local_host, c.local_port));
    values.set('D', "");
    values.set('f', fingerprint(lookup.key));
    values.set('h', lookup.account.home);
    values.set('k', to_base64(lookup.key.blob()));
    values.set('t', std::string{lookup.key.type().name});
    values.set('U', std::to_string(lookup.account.uid)).set('u', lookup.account.name);
    return values;
}

Result<UserAccount> command_user(const KeyLookup& lookup)
{
    Tokens values;
    values.set('u', lookup.account.name);
    auto name = TRY(expand_tokens(lookup.options.authorized_keys_command_user, values, "u"));
    auto account = TRY(user_named(name));
    if (!account)
        return bad_input(fmt::format("AuthorizedKeysCommandUser \"{}\" not found", name));
    return *std::move(account);
}

// Its folder and itself: what runs here decides who gets in.
Result<void> check_program(const std::string& path)
{
    if (!path.starts_with('/'))
        return bad_input(fmt::format("AuthorizedKeysCommand path is not absolute: {}", path));
    auto facts = TRY(file_facts(path));
    if (!facts.is_regular || facts.uid != 0 || (facts.mode & 022) != 0)
        return not_permitted(fmt::format("Unsafe AuthorizedKeysCommand \"{}\": bad ownership or modes for file", path));
    auto slash = path.rfind('/');
    return check_root_directory(path.substr(0, slash == 0 ? 1 : slash));
}

Result<SpawnRequest> request_for(const KeyLookup& lookup)
{
    auto words = TRY(lex_words(lookup.options.authorized_keys_command));
    if (words.empty())
        return bad_input("AuthorizedKeysCommand is empty");
    TRY(check_program(words.front()));
    auto user = TRY(command_user(lookup));
    SpawnRequest request;
    request.program = words.front();
    auto values = command_tokens(lookup);
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto word = TRY(expand_tokens(words[i], values, i == 0 ? "" : tokens::keys_command));
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
    request.directory = std::string{"/"};                         // GCC 12 warns of an assigned literal here
    if (is_root()) {
        auto groups = TRY(group_ids_of(user));
        request.identity = Identity{user.uid, user.gid, std::move(groups)};
    }
    return request;
}

} // namespace

Result<std::optional<KeyPermission>> ask_keys_command(const KeyLookup& lookup, Log& log)
{
    auto& command = lookup.options.authorized_keys_command;
    if (is_none(command) || is_none(lookup.options.authorized_keys_command_user))
        return std::nullopt;
    auto request = TRY(request_for(lookup));
    auto captured = TRY(capture(std::move(request), longest_output));
    if (!captured.status.success()) {
        log.error("AuthorizedKeysCommand {} failed, status {}", printable(command),
                  captured.status.signal != 0 ? captured.status.signal : captured.status.code);
        return std::nullopt;
    }
    LineCheck check{lookup.key, lookup.connection, lookup.account.name, wall_clock()};
    return search_authorized_keys(as_text(captured.output), "(command)", check, log);
}

} // namespace nacre
