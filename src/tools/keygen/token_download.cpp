// Keys that tokens keep themselves: resident keys of FIDO authenticators (-K), keys of PKCS#11 tokens (-D).
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "runtime/pkcs11_keys.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/token_keys.h"

namespace nacre::keygen {

namespace {

// A name of a file in this directory, whatever the token says.
std::string file_part(std::string_view text)
{
    std::string part{text.substr(0, 64)};
    std::ranges::replace_if(
        part, [](unsigned char c) { return c <= ' ' || c >= 0x7f || c == '/' || c == '.' || c == '"' || c == '\''; }, '_');
    return part.empty() ? part : "_" + part;
}

std::string file_for(const ResidentKeyFound& found)
{
    auto& key = found.key.public_key();
    std::string type{key.type().option_name};
    std::ranges::replace(type, '-', '_');
    auto application = key.application();
    auto user = as_text(found.user);
    user = user.substr(0, user.find('\0'));
    return fmt::format("id_{}_rk{}{}", type, file_part(std::string_view{application}.substr(default_application.size())),
                       file_part(user));
}

Result<void> save(const Settings& settings, const ResidentKeyFound& found)
{
    auto file = file_for(found);
    if (file_facts(file)) {
        say("{} already exists.\n", file);
        auto answer = ask_line("Overwrite (y/n)? ");
        if (!answer || !(answer->starts_with('y') || answer->starts_with('Y')))
            return {};
    }
    auto passphrase =
        TRY(choose_passphrase(settings, fmt::format("Enter passphrase for \"{}\" (empty for no passphrase): ", file)));
    auto comment = settings.comment.value_or(found.key.public_key().application());
    TRY(save_private(settings, file, found.key, comment, passphrase));
    TRY(save_public(file, found.key.public_key(), comment));
    if (!settings.quiet)
        say("Saved {} key {} to {}\n", found.key.public_key().type().short_name,
            printable(found.key.public_key().application()), file);
    return {};
}

Result<int> download_resident_keys(const Settings& settings)
{
    auto provider = TRY(token_provider(settings));
    auto pin = TRY(ask_passphrase("Enter PIN for authenticator: "));
    if (!settings.quiet)
        say("You may need to touch your authenticator to authorize key download.\n");
    flush_text(stdout);
    auto found = TRY(resident_keys(provider, {}, pin.text()));
    if (found.empty() && !settings.quiet)
        say("No keys to download\n");
    for (auto& one : found)
        TRY(save(settings, one));
    return exit_ok;
}

// One line each, as for authorized_keys; with -l as fingerprints.
Result<int> list_token_keys(const Settings& settings)
{
    auto loaded = TRY(Pkcs11Keys::load(*settings.token, person_at_token()));
    if (loaded.keys().empty())
        return bad_input(fmt::format("{} has no keys", printable(*settings.token)));
    for (auto& one : loaded.keys()) {
        if (settings.fingerprint || settings.bubble_babble)
            print_fingerprint(settings, one.key, one.label.empty() ? "(PKCS11 key)" : one.label);
        else
            say("{}\n", one.key.line(printable(one.label)));
    }
    return exit_ok;
}

} // namespace

Result<int> download_keys_of_token(const Settings& settings)
{
    return settings.token ? list_token_keys(settings) : download_resident_keys(settings);
}

} // namespace nacre::keygen
