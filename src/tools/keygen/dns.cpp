// SSHFP records of host keys, ready for a zone file.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keys/sshfp.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"

namespace nacre::keygen {

namespace {

constexpr std::string_view hash_option = "hashalg=";

// -O hashalg=…: nothing means all.
Result<std::optional<HashKind>> chosen_hash(const Settings& settings)
{
    std::optional<HashKind> chosen;
    for (auto& option : settings.options) {
        auto name = std::string_view{option}.substr(std::min(hash_option.size(), option.size()));
        auto hash = std::ranges::find_if(sshfp_hashes, [&](auto kind) { return equal_ignoring_case(name, hash_name(kind)); });
        bool known = equal_ignoring_case(std::string_view{option}.substr(0, hash_option.size()), hash_option);
        if (!known || hash == sshfp_hashes.end())
            return bad_input(fmt::format("unknown option \"{}\"", printable(option)));
        chosen = *hash;
    }
    return chosen;
}

void print_record(const Settings& settings, const SshfpRecord& record)
{
    auto hex = to_hex(record.fingerprint);
    if (settings.generic_dns)                                     // RFC 3597 §5: for programs that do not know the type
        say("{} IN TYPE44 \\# {} {:02x} {:02x} {}\n", settings.host, 2 + record.fingerprint.size(),
            record.algorithm, record.fingerprint_type, hex);
    else
        say("{} IN SSHFP {} {} {}\n", settings.host, record.algorithm, record.fingerprint_type, hex);
}

std::vector<std::string> files_of(const Settings& settings)
{
    if (settings.file)
        return {*settings.file};
    std::vector<std::string> files;
    for (auto& type : key_types()) {
        if (type.is_certificate())
            continue;
        std::string name{type.option_name};
        std::ranges::replace(name, '-', '_');
        auto file = fmt::format("/etc/ssh/ssh_host_{}_key.pub", name);
        if (file_facts(file) && std::ranges::find(files, file) == files.end())
            files.push_back(std::move(file));
    }
    return files;
}

} // namespace

Result<int> print_dns_records(const Settings& settings)
{
    auto chosen = TRY(chosen_hash(settings));
    auto files = files_of(settings);
    if (files.empty())
        return bad_input("there is no host key in /etc/ssh");
    for (auto& file : files) {
        auto key = TRY(load_public(file));
        if (settings.file && !sshfp_record(key.key, HashKind::sha256))
            return bad_input(fmt::format("{}: the DNS has no number for keys of this type", printable(file)));
        for (auto hash : sshfp_hashes)
            if (auto record = sshfp_record(key.key, hash); record && (!chosen || chosen == hash))
                print_record(settings, *record);
    }
    return exit_ok;
}

} // namespace nacre::keygen
