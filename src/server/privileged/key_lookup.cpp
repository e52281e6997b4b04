// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/key_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/text.h"
#include "config/expand.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/safe_file.h"
#include "runtime/config_sources.h"
#include "server/message_socket.h"
#include "server/network_log.h"
#include "server/network_messages.h"
#include "server/privileged/keys_command.h"
#include "server/privileged/trusted_authorities.h"

namespace nacre {
namespace {

constexpr std::size_t longest_file = 8 * 1024 * 1024;
constexpr std::size_t most_files = 100;                           // of one pattern

struct KeySearchDone {
    static constexpr std::string_view name = "key-search-done";
    static constexpr MessageNumber number{1};
    bool found = false;
    std::string line;                                             // as it stands in the file
    std::string place;
    using fields = Fields<&KeySearchDone::found, &KeySearchDone::line, &KeySearchDone::place>;
};

constexpr std::string_view wildcards = "*?[\\";

// What the account brings along must not work as a pattern: it would reach into other people's files.
std::string without_wildcards(std::string_view text)
{
    std::string escaped;
    for (char c : text) {
        if (wildcards.contains(c))
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// %h, %u, %U, then wildcards; a relative path lies below the home directory.
Result<std::vector<std::string>> paths_for(std::string_view pattern, const UserAccount& account)
{
    bool is_pattern = pattern.find_first_of(wildcards) != std::string_view::npos;
    auto value = [&](std::string_view text) { return is_pattern ? without_wildcards(text) : std::string{text}; };
    Tokens values;
    values.set('h', value(account.home)).set('u', value(account.name)).set('U', std::to_string(account.uid));
    auto path = TRY(expand_tokens(pattern, values, tokens::user_files));
    if (!path.starts_with('/'))
        path = value(account.home) + "/" + path;
    if (!is_pattern)
        return std::vector{path};
    auto paths = SystemConfigSources{}.glob(path);
    paths.resize(std::min(paths.size(), most_files));
    return paths;
}

std::string_view line_at(std::string_view text, std::string_view place)
{
    auto number = parse_number<std::size_t>(place.substr(place.rfind(':') + 1)).value_or(1);
    for (std::size_t i = 1; i < number; ++i)
        text.remove_prefix(text.find('\n') + 1);
    return text.substr(0, text.find('\n'));
}

Result<KeySearchDone> search_file(const std::string& path, const KeyLookup& lookup, const SearchOfText& search, Log& log)
{
    log.debug1("trying public key file {}", printable(path));
    auto fd = open_to_read(path);
    if (!fd) {
        log.debug1("Could not open user '{}' authorized keys '{}': {}", printable(lookup.account.name), printable(path),
                   printable(fd.error().what));
        return KeySearchDone{};
    }
    auto facts = TRY(file_facts(fd->number()));
    if (!facts.is_regular)
        return bad_input(fmt::format("{} is not a regular file", path));
    if (lookup.options.strict_modes)
        TRY(check_strict_modes(fd->number(), path, lookup.account.home, lookup.account.uid));
    auto bytes = TRY(read_all(fd->number(), longest_file));
    auto permission = search(as_text(bytes), path, log);
    if (!permission)
        return KeySearchDone{};
    return KeySearchDone{true, std::string{line_at(as_text(bytes), permission->place)}, permission->place};
}

// In the copy of the process.
KeySearchDone search_files(const KeyLookup& lookup, std::span<const std::string> files, const SearchOfText& search,
                           Log& log)
{
    if (auto became = become_account(lookup.account); !became) {
        log.error("cannot become {}: {}", printable(lookup.account.name), printable(became.error().what));
        return {};
    }
    for (auto& pattern : files) {
        if (pattern == "none")
            continue;
        auto paths = paths_for(pattern, lookup.account);
        if (!paths)
            log.info("Authentication refused: {}", printable(paths.error().what));
        for (auto& path : paths.value_or(std::vector<std::string>{})) {
            auto done = search_file(path, lookup, search, log);
            if (!done)
                log.info("Authentication refused: {}", printable(done.error().what));
            else if (done->found)
                return *std::move(done);
        }
    }
    return {};
}

Result<KeySearchDone> hear_search(MessageSocket& socket, Log& log)
{
    for (;;) {
        auto message = TRY(socket.receive());
        if (!message)
            return system_failure("the search for a key ended early");
        if (message->number() == LogLine::number) {
            auto line = TRY(decode<LogLine>(message->payload));
            if (log.wants(static_cast<LogLevel>(line.level)))
                log.write(static_cast<LogLevel>(line.level), line.text);
            continue;
        }
        return decode<KeySearchDone>(message->payload);
    }
}

} // namespace

WallClock wall_clock()
{
    auto now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return {static_cast<std::int64_t>(now), static_cast<std::int64_t>(now) + local.tm_gmtoff};
}

Result<void> become_account(const UserAccount& account)
{
    if (!is_root())
        return {};                                                // one's own account: there is nobody else to become
    auto groups = TRY(group_ids_of(account));
    return become(Identity{account.uid, account.gid, std::move(groups)});
}

LineCheck line_check(const KeyLookup& lookup)
{
    return {lookup.key,         lookup.connection, lookup.account.name, wall_clock(),
            lookup.certificate, lookup.options.ca_signature_algorithms, lookup.options.required_rsa_size,
            lookup.options.certificates_without_principals ? WithoutPrincipals::anybodys : WithoutPrincipals::nobodys};
}

Result<std::optional<KeyPermission>> search_as_user(const KeyLookup& lookup, std::span<const std::string> files,
                                                    const SearchOfText& search, Log& log)
{
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    MessageSocket ours{std::move(pair.ours)}, theirs{std::move(pair.theirs)};
    auto forked = TRY(fork_process());
    if (forked.side == ForkSide::child) {
        ours.close();
        NetworkLog to_parent{theirs};
        to_parent.set_level(LogLevel::debug3);
        (void)theirs.send(search_files(lookup, files, search, to_parent));
        exit_now(0);
    }
    theirs.close();
    auto done = hear_search(ours, log);
    TRY(forked.child.wait());
    if (!done)
        return fail(std::move(done).error());
    if (!done->found)
        return std::nullopt;
    NoLog silent;
    auto permission = search(done->line, done->place, silent);
    if (permission)
        permission->place = std::move(done->place);
    return permission;
}

Result<std::optional<KeyPermission>> look_up_key(const KeyLookup& lookup, Log& log)
{
    if (lookup.certificate) {
        auto trusted = look_up_trusted_authority(lookup, log);
        if (!trusted)
            log.error("{}", printable(trusted.error().what));
        else if (*trusted)
            return trusted;
    }
    auto by_command = ask_keys_command(lookup, log);
    if (!by_command)
        log.error("{}", printable(by_command.error().what));
    else if (*by_command)
        return by_command;
    auto search = [&](std::string_view text, std::string_view file, Log& heard) {
        return search_authorized_keys(text, file, line_check(lookup), heard);
    };
    return search_as_user(lookup, lookup.options.authorized_keys_file, search, log);
}

} // namespace nacre
