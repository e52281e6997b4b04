// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/key_lookup.h"

#include <ctime>

#include "base/text.h"
#include "server/privileged/keys_command.h"
#include "server/privileged/trusted_authorities.h"
#include "server/privileged/user_files.h"

namespace nacre {

WallClock wall_clock()
{
    auto now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return {static_cast<std::int64_t>(now), static_cast<std::int64_t>(now) + local.tm_gmtoff};
}

LineCheck line_check(const KeyLookup& lookup)
{
    return {lookup.key,         lookup.connection, lookup.account.name, wall_clock(),
            lookup.certificate, lookup.options.ca_signature_algorithms, lookup.options.required_rsa_size,
            lookup.options.certificates_without_principals ? WithoutPrincipals::anybodys : WithoutPrincipals::nobodys,
            lookup.options.fingerprint_hash};
}

Result<std::optional<KeyPermission>> search_as_user(const KeyLookup& lookup, std::span<const std::string> files,
                                                    const SearchOfText& search, Log& log)
{
    auto find = [&](const FileLines& lines, Log& heard) -> std::optional<std::string> {
        auto permission = search(lines, heard);
        return permission ? std::optional{std::move(permission->place)} : std::nullopt;
    };
    auto found = TRY(find_line_as_user({lookup.options, lookup.account, "authorized keys"}, files, find, log));
    if (!found)
        return std::nullopt;
    NoLog silent;
    auto permission = search({found->line, found->place}, silent);
    if (permission)
        permission->place = std::move(found->place);
    return permission;
}

namespace {

Result<std::optional<KeyPermission>> search_users_files(const KeyLookup& lookup, Log& log)
{
    auto search = [&](const FileLines& lines, Log& heard) {
        return search_authorized_keys(lines, line_check(lookup), heard);
    };
    return search_as_user(lookup, lookup.options.authorized_keys_file, search, log);
}

} // namespace

// The order is OpenSSH's: what a line of a file restricts is not opened by what comes behind it, and a command that
// hangs keeps nobody out whose key is in a file.
std::optional<KeyPermission> look_up_key(const KeyLookup& lookup, Log& log)
{
    for (auto* place : {search_users_files, look_up_trusted_authority, ask_keys_command}) {
        auto found = place(lookup, log);
        if (!found)
            log.error("{}", printable(found.error().what));
        else if (*found)
            return *std::move(found);
    }
    return std::nullopt;
}

} // namespace nacre
