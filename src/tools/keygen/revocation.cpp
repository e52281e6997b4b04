// Key revocation lists: made and added to (-k), asked and shown (-Q).
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "config/none.h"
#include "keys/fingerprint.h"
#include "keys/krl_specification.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/times.h"

namespace nacre::keygen {

namespace {

Result<Krl> read_list(const std::string& file)
{
    auto bytes = TRY(read_file(file, krl_size_limit, FifoWriter::awaited));
    auto list = Krl::read(bytes);
    if (!list)
        return fail(in_context(file, std::move(list.error())));
    return list;
}

Result<std::string> list_file(const Settings& settings)
{
    if (!settings.file)
        return bad_input("the revocation list must be named (-f)");
    return *settings.file;
}

Result<KrlAuthority> authority_of(const Settings& settings)
{
    KrlAuthority authority;
    if (!settings.authority)
        return authority;
    authority.any = is_none(*settings.authority);
    if (authority.any)
        return authority;
    auto file = TRY(load_public(*settings.authority));
    if (file.key.is_certificate())
        return bad_input(fmt::format("{} is a certificate, not an authority", *settings.authority));
    authority.key = std::move(file.key);
    return authority;
}

Result<std::string> read_specification(const std::string& file)
{
    if (file == "-") {
        auto bytes = TRY(read_all(0, krl_size_limit));
        return std::string{as_text(bytes)};
    }
    auto bytes = TRY(read_file(file, krl_size_limit, FifoWriter::awaited));
    return std::string{as_text(bytes)};
}

void show_authority(const ByteVector& blob, const Krl::OfAuthority& revoked)
{
    auto key = PublicKey::from_blob(blob);
    say("\n");
    if (key)
        say("# CA key {} {}\n", key->type().name, fingerprint(*key));
    else
        say("# Wildcard CA\n");
    for (auto [first, last] : revoked.serials.ranges()) {
        if (first == last)
            say("serial: {}\n", first);
        else
            say("serial: {}-{}\n", first, last);
    }
    for (auto& id : revoked.key_ids)
        say("id: {}\n", printable(id));
}

void show_list(const Krl& list)
{
    say("# KRL version {}\n# Generated at {}\n", list.version,
        local_time(static_cast<std::int64_t>(list.generated), "%Y%m%dT%H%M%S"));
    if (!list.comment.empty())
        say("# KRL comment: {}\n", printable(list.comment));
    say("\n");
    for (auto& blob : list.keys())
        if (auto key = PublicKey::from_blob(blob))
            say("hash: {} # {}\n", fingerprint(*key), key->type().name);
    for (auto& digest : list.sha256())
        say("hash: SHA256:{}\n", to_hex(digest));
    for (auto& digest : list.sha1())
        say("# hash SHA1:{}\n", to_hex(digest));
    for (auto& [blob, revoked] : list.authorities())
        show_authority(blob, revoked);
}

} // namespace

Result<int> write_revocation_list(const Settings& settings)
{
    auto file = TRY(list_file(settings));
    Krl list;
    if (settings.update)
        list = TRY(read_list(file));
    auto authority = TRY(authority_of(settings));
    if (settings.serial) {
        auto version = parse_number<std::uint64_t>(*settings.serial);
        if (!version)
            return bad_input(fmt::format("Invalid KRL version \"{}\"", printable(*settings.serial)));
        list.version = *version;
    }
    if (settings.comment)
        list.comment = *settings.comment;
    for (auto& source : settings.arguments) {
        if (!settings.quiet)
            say("Revoking from {}\n", source);
        auto text = TRY(read_specification(source));
        if (auto applied = apply_specification(list, text, authority); !applied)
            return fail(in_context(source, std::move(applied.error())));
    }
    auto bytes = TRY(list.write(static_cast<std::uint64_t>(now())));
    TRY(replace_public_file(file, bytes));
    return exit_ok;
}

Result<int> query_revocation_list(const Settings& settings)
{
    auto place = TRY(list_file(settings));
    auto list = TRY(read_list(place));
    if (settings.fingerprint)
        show_list(list);
    int status = exit_ok;
    for (auto& file : settings.arguments) {
        auto key = TRY(load_public(file));
        bool revoked = list.revokes(key.key);
        auto comment = key.comment.empty() ? "" : fmt::format(" ({})", for_people(printable_line(key.comment)));
        say("{}{}: {}\n", file, comment, revoked ? "REVOKED" : "ok");
        if (revoked)
            status = exit_failed;
    }
    return status;
}

} // namespace nacre::keygen
