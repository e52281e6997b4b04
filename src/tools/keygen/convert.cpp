// Keys in other programs' formats, in and out.
#include <fmt/format.h>

#include <cstdio>

#include "keys/pem_format.h"
#include "keys/rfc4716_format.h"
#include "os/print.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"

namespace nacre::keygen {

namespace {

// ssh.com's private keys become PEM, as they always have.
Result<int> import_private(Bytes text)
{
    auto file = TRY(parse_private_key(text, {}));
    auto pem = TRY(write_pem_key(file.key, {}, KeyFileForm::pem));
    write_text(stdout, pem.text());
    return exit_ok;
}

Result<PublicKey> read_foreign(const Settings& settings, Bytes text)
{
    if (settings.wants_format("PEM") || settings.wants_format("PKCS8"))
        return parse_pem_public_key(text);
    auto file = TRY(parse_rfc4716_key(text));
    return std::move(file.key);
}

} // namespace

Result<int> import_key(const Settings& settings)
{
    auto& file = *settings.file;
    auto text = TRY(read_input(file));
    if (is_ssh_com_private_file(text.bytes()))
        return import_private(text.bytes());
    auto key = read_foreign(settings, text.bytes());
    if (!key)
        return fail(in_context(file, std::move(key.error())));
    say("{}\n", key->line());
    return exit_ok;
}

Result<int> export_key(const Settings& settings)
{
    auto& file = *settings.file;
    auto loaded = load_public(file);
    std::optional<PublicKey> key;
    if (loaded) {
        key = std::move(loaded->key);
    } else {
        auto opened = TRY(load_private(settings, file));
        key = opened.file.key.public_key();
    }
    std::string text;
    if (settings.wants_format("PEM"))
        text = TRY(write_pem_public_key(key->plain(), KeyFileForm::pem));
    else if (settings.wants_format("PKCS8"))
        text = TRY(write_pem_public_key(key->plain(), KeyFileForm::pkcs8));
    else
        text = write_rfc4716_key(
            *key, fmt::format("{}-bit {}, converted by {}", key->bits(), key->type().short_name, own_name()));
    say("{}", text);
    return exit_ok;
}

} // namespace nacre::keygen
