#include "tools/keyscan/print.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "keys/known_hosts.h"
#include "keys/sshfp.h"

namespace nacre::keyscan {

namespace {

std::string records(const Settings& settings, std::string_view names, const PublicKey& key)
{
    std::string lines;
    for (auto name : split(names, ','))
        for (auto hash : sshfp_hashes) {
            if (settings.dns_hash && settings.dns_hash != hash)
                continue;
            if (auto record = sshfp_record(key, hash))
                lines += fmt::format("{} IN SSHFP {} {} {}\n", name, record->algorithm, record->fingerprint_type,
                                     to_hex(record->fingerprint));
        }
    return lines;
}

} // namespace

std::string lines_for(const Settings& settings, std::string_view names, const PublicKey& key, Random& random)
{
    auto lower = to_lower(names);
    if (settings.dns_records)
        return records(settings, lower, key.plain());
    // A certificate says itself which hosts it is for.
    if (settings.certificates)
        return key.line() + "\n";
    if (!settings.hashed && settings.port == 22)
        return known_hosts_line(lower, key);
    std::string lines;
    for (auto name : split(lower, ',')) {
        auto host = host_name_in_file(name, settings.port);
        lines += known_hosts_line(settings.hashed ? hash_host_name(host, random) : host, key);
    }
    return lines;
}

} // namespace nacre::keyscan
