// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/trusted_authorities.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/none.h"
#include "keys/fingerprint.h"
#include "keys/krl.h"
#include "os/safe_file.h"
#include "server/privileged/keys_command.h"

namespace nacre {
namespace {

Result<bool> is_listed(const std::string& file, const PublicKey& authority)
{
    auto content = TRY(read_file(file, krl_size_limit));
    for (auto text : split(as_text(content), '\n')) {
        auto line = split_authorized_keys_line(text);
        if (line && *line && (*line)->options.empty() && (*line)->names(authority))
            return true;
    }
    return false;
}

// One of the names that somebody listed for this user.
Result<std::optional<KeyPermission>> by_listed_name(const KeyLookup& lookup, Log& log)
{
    auto& options = lookup.options;
    if (!is_unset(options.authorized_principals_file)) {
        auto search = [&](const FileLines& lines, Log& heard) {
            return search_principals(lines, line_check(lookup), heard);
        };
        std::vector files{options.authorized_principals_file};
        auto found = TRY(search_as_user(lookup, files, search, log));
        if (found)
            return found;
    }
    return ask_principals_command(lookup, log);
}

} // namespace

Result<std::optional<KeyPermission>> look_up_trusted_authority(const KeyLookup& lookup, Log& log)
{
    auto& options = lookup.options;
    if (!lookup.certificate || is_unset(options.trusted_user_ca_keys))
        return std::nullopt;
    auto& authority = lookup.certificate->authority;
    auto listed = TRY(is_listed(options.trusted_user_ca_keys, authority));
    if (!listed) {
        log.debug2("CA {} {} is not listed in {}", authority.type().short_name,
                   fingerprint(authority, options.fingerprint_hash), printable(options.trusted_user_ca_keys));
        return std::nullopt;
    }
    std::optional<KeyPermission> permission;
    if (!is_unset(options.authorized_principals_file) || !is_unset(options.authorized_principals_command)) {
        permission = TRY(by_listed_name(lookup, log));
        if (!permission)
            log.info("Certificate does not contain an authorized principal");
    } else {
        std::vector names{lookup.account.name};
        KeyOptions no_line;
        no_line.require_touch = false;                            // the certificate alone decides
        if (auto left = options_with_certificate(no_line, names, line_check(lookup), log))
            permission = KeyPermission{*std::move(left), options.trusted_user_ca_keys};
    }
    if (permission)
        log.verbose("Accepted certificate ID \"{}\" (serial {}) signed by {} CA {} via {}",
                    printable(lookup.certificate->terms.key_id), lookup.certificate->terms.serial,
                    authority.type().short_name, fingerprint(authority, options.fingerprint_hash),
                    printable(options.trusted_user_ca_keys));
    return permission;
}

bool is_revoked(const ServerOptions& options, const PublicKey& key, Log& log)
{
    for (auto& file : options.revoked_keys) {
        auto content = read_file(file, krl_size_limit);
        auto revoked = content ? is_revoked_by(*content, key) : Result<bool>{fail(content.error())};
        if (!revoked)
            log.error("Error checking authentication key {} {} in revoked keys file {}: {}", key.type().short_name,
                      fingerprint(key, options.fingerprint_hash), printable(file), printable(revoked.error().what));
        else if (*revoked)
            log.error("Authentication key {} {} revoked by file {}", key.type().short_name,
                      fingerprint(key, options.fingerprint_hash), printable(file));
        if (!revoked || *revoked)
            return true;
    }
    return false;
}

} // namespace nacre
