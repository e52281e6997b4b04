// Editing known_hosts files.
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "crypto/random.h"
#include "keys/fingerprint.h"
#include "keys/known_hosts.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/user.h"
#include "tools/keygen/actions.h"

namespace nacre::keygen {

namespace {

Result<std::string> file_of(const Settings& settings)
{
    if (settings.file)
        return *settings.file;
    auto user = TRY(current_user());
    return user.home + "/.ssh/known_hosts";
}

Result<std::string> read_text(const std::string& file)
{
    auto bytes = TRY(read_file(file, known_hosts_limit, FifoWriter::awaited));
    return std::string{as_text(bytes)};
}

std::string_view marker_word(HostMarker marker)
{
    switch (marker) {
    case HostMarker::none: return "";
    case HostMarker::cert_authority: return "CA";
    case HostMarker::revoked: return "REVOKED";
    }
    return "";
}

void print_hashed(std::string_view raw)
{
    SystemRandom random;
    if (auto edit = hash_known_hosts(raw, random))
        say("{}", edit->text);
}

void print_fingerprint(const Settings& settings, const KnownHostsLine& line, const PublicKey& key)
{
    say("{} {} {}{}{}\n", settings.host, key.type().short_name, fingerprint(key, settings.fingerprint_hash),
        line.comment.empty() ? "" : " ", for_people(printable_line(line.comment)));
    if (settings.verbose)
        say("{}\n", random_art(key, settings.fingerprint_hash));
}

Result<OldKept> replace(const std::string& file, std::string_view old_text, const KnownHostsEdit& edit)
{
    auto kept = TRY(replace_file_keeping_old(file, as_bytes(old_text), as_bytes(edit.text)));
    say("{} updated.\n", file);
    if (kept == OldKept::yes)
        say("Original contents retained as {}.old\n", file);
    return kept;
}

Error not_replaced(const std::string& file, Error error)
{
    error = in_context(file, std::move(error));
    error.what += "; the file stays as it is";
    return error;
}

} // namespace

Result<int> find_host(const Settings& settings)
{
    auto file = TRY(file_of(settings));
    auto content = read_text(file);
    if (!content && content.error().os_error == EISDIR)           // no such host in it, either: as with OpenSSH's
        return give_up(content.error());
    auto text = TRY(std::move(content));
    auto name = to_lower(settings.host);
    bool found = false;
    std::size_t number = 0;
    for (auto raw : split(text, '\n')) {
        ++number;
        auto line = parse_known_hosts_line(raw);
        if (!line || !*line || !(*line)->matches(name))
            continue;
        auto key = (*line)->key();
        if (!key && settings.fingerprint)                         // of no key that we know
            continue;
        found = true;
        if (!settings.quiet)
            say("# Host {} found: line {} {}\n", settings.host, number, marker_word((*line)->marker));
        if (settings.hash_hosts)
            print_hashed(raw);
        else if (settings.fingerprint)
            print_fingerprint(settings, **line, *key);
        else
            say("{}\n", raw);
    }
    return found ? exit_ok : exit_failed;
}

Result<int> remove_host(const Settings& settings)
{
    auto file = TRY(file_of(settings));
    auto text = TRY(read_text(file));
    auto edit = remove_known_host(text, to_lower(settings.host));
    if (!edit)
        return give_up(not_replaced(file, std::move(edit.error())));
    if (edit->changed == 0) {
        say(stderr, "Host {} not found in {}\n", settings.host, file);
        return exit_ok;
    }
    if (!settings.quiet)
        for (auto line : edit->lines)
            say("# Host {} found: line {}\n", settings.host, line);
    TRY(replace(file, text, *edit));
    return exit_ok;
}

Result<int> hash_hosts(const Settings& settings)
{
    auto file = TRY(file_of(settings));
    auto text = TRY(read_text(file));
    SystemRandom random;
    auto edit = hash_known_hosts(text, random);
    if (!edit)
        return give_up(not_replaced(file, std::move(edit.error())));
    for (auto line : edit->wildcards)
        say(stderr, "{}:{}: a name with wildcards cannot be hashed and stays as it is\n", file, line);
    if (edit->changed == 0)
        return exit_ok;
    auto kept = TRY(replace(file, text, *edit));
    if (kept == OldKept::yes)
        say(stderr, "{}.old still shows the names: delete it once you need it no more\n", file);
    return exit_ok;
}

} // namespace nacre::keygen
