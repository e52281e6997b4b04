// Looking at keys: fingerprints of whatever holds keys, and the public half of a private one.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "keys/authorized_keys.h"
#include "keys/fingerprint.h"
#include "keys/known_hosts.h"
#include "os/print.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"

namespace nacre::keygen {

namespace {

// A line of a public key, known_hosts or authorized_keys file; without a comment of its own the words before the key
// serve as one.
std::optional<PublicKeyFile> read_line_with_key(std::string_view line)
{
    if (auto plain = split_authorized_keys_line(line); plain && *plain)
        if (auto key = (*plain)->key())
            return PublicKeyFile{
                std::move(*key), std::string{(*plain)->comment.empty() ? (*plain)->options : (*plain)->comment}};
    if (auto host = parse_known_hosts_line(line); host && *host)
        if (auto key = (*host)->key())
            return PublicKeyFile{
                std::move(*key), std::string{(*host)->comment.empty() ? (*host)->hosts : (*host)->comment}};
    return std::nullopt;
}

} // namespace

void print_fingerprint(const Settings& settings, const PublicKey& key, std::string_view comment)
{
    auto text = settings.bubble_babble ? bubble_babble(key) : fingerprint(key, settings.fingerprint_hash);
    say("{} {} {} ({})\n", key.bits(), text, comment.empty() ? "no comment" : for_people(printable_line(comment)),
        key.type().short_name);
    if (settings.verbose)
        say("{}\n", random_art(key, settings.bubble_babble ? HashKind::sha1 : settings.fingerprint_hash));
}

Result<int> show_fingerprints(const Settings& settings)
{
    auto& file = *settings.file;
    auto text = TRY(read_input(file, known_hosts_limit));         // of lists of keys that is the longest
    if (private_key_form(text.bytes())) {
        auto key = file == "-" ? parse_public_half(text.bytes()) : load_public(file);
        if (!key)
            return fail(in_context(file, std::move(key.error())));
        print_fingerprint(settings, key->key, key->comment);
        return exit_ok;
    }
    bool any = false;
    for (auto line : split(text.text(), '\n'))
        if (auto key = read_line_with_key(line)) {
            print_fingerprint(settings, key->key, key->comment);
            any = true;
        }
    if (!any)
        return bad_input(fmt::format("{} is not a public key file.", file));
    return exit_ok;
}

Result<int> print_public_half(const Settings& settings)
{
    auto& file = *settings.file;
    auto loaded = TRY(load_private(settings, file));
    say("{}\n", loaded.file.key.public_key().line(loaded.file.comment));
    return exit_ok;
}

} // namespace nacre::keygen
