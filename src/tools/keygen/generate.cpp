// Making a key: which kind, where it goes, who may use it.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "keys/fingerprint.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/user.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/token_keys.h"

namespace nacre::keygen {

namespace {

constexpr std::uint32_t default_rsa_bits = 3072;
constexpr std::uint32_t default_ecdsa_bits = 256;

struct Choice {
    KeyKind kind;
    std::uint32_t bits;                                           // RSA only
};

Result<Choice> choose_ecdsa(std::uint32_t bits)
{
    for (auto& row : key_types())
        if (row.option_name == "ecdsa" && row.fixed_bits == bits)
            return Choice{row.kind, 0};
    return bad_input("an ECDSA key has 256, 384 or 521 bits");
}

// "ecdsa" leaves the curve to -b; a name of the wire says it all.
Result<Choice> choose_kind(const Settings& settings)
{
    auto name = settings.type.value_or("ed25519");
    if (equal_ignoring_case(name, "ecdsa"))
        return choose_ecdsa(settings.bits.value_or(default_ecdsa_bits));
    // "rsa-sha2-512" is no type of key, but says clearly enough which is meant.
    if (auto* algorithm = find_signature_algorithm(name); algorithm && !algorithm->is_certificate())
        name = key_type(algorithm->kind).name;
    for (auto& row : key_types())
        if (!row.is_certificate() && (row.name == name || equal_ignoring_case(row.option_name, name))) {
            auto bits = settings.bits.value_or(default_rsa_bits);
            if (row.kind == KeyKind::rsa && (bits < 1024 || bits > 16384))
                return bad_input("Invalid RSA key length: it must be 1024 to 16384 bits");
            return Choice{row.kind, row.kind == KeyKind::rsa ? bits : 0};
        }
    return bad_input(fmt::format("unknown key type {}", printable(name)));
}

Result<void> make_default_directory(const Settings& settings, const std::string& file)
{
    auto user = TRY(current_user());
    auto directory = user.home + "/.ssh";
    if (!file.starts_with(directory + '/') || file_facts(directory))
        return {};
    TRY(make_private_directory(directory));
    if (!settings.quiet)
        say(stderr, "Created directory '{}'.\n", directory);
    return {};
}

bool may_overwrite(const std::string& file)
{
    if (!file_facts(file))
        return true;
    say("{} already exists.\n", file);
    auto answer = ask_line("Overwrite (y/n)? ");
    return answer && (answer->starts_with('y') || answer->starts_with('Y'));
}

Result<NewKey> make_key(const Settings& settings, const Choice& choice)
{
    if (key_type(choice.kind).is_of_token())
        return make_token_key(settings, choice.kind);
    auto key = TRY(PrivateKey::generate(choice.kind, choice.bits));
    return NewKey{std::move(key)};
}

void report(const PublicKey& key, const std::string& file, const std::string& comment, HashKind hash)
{
    say("Your identification has been saved in {}\n", file);
    say("Your public key has been saved in {}.pub\n", file);
    say("The key fingerprint is:\n{} {}\n", fingerprint(key, hash), printable_line(comment));
    say("The key's randomart image is:\n{}\n", random_art(key, hash));
}

} // namespace

Result<int> generate_key(const Settings& settings)
{
    auto choice = TRY(choose_kind(settings));
    auto& type = key_type(choice.kind);
    if (!settings.quiet)
        say("Generating public/private {} key pair.\n", type.option_name);
    flush_text(stdout);
    auto [key, attestation] = TRY(make_key(settings, choice));
    std::string file;
    if (settings.file)
        file = *settings.file;
    else {
        auto usual = TRY(default_key_file(type.option_name));
        auto answer = ask_key_file("Enter file in which to save the key", usual);
        if (!answer)
            return give_up(answer.error());
        file = std::move(*answer);
    }
    TRY(make_default_directory(settings, file));
    if (!may_overwrite(file))
        return exit_failed;
    auto passphrase =
        TRY(choose_passphrase(settings, fmt::format("Enter passphrase for \"{}\" (empty for no passphrase): ", file)));
    auto comment = settings.comment.value_or(own_name());
    if (auto saved = save_both(settings, file, key, comment, passphrase); !saved)
        return give_up(saved.error());
    if (!settings.quiet)
        report(key.public_key(), file, comment, settings.fingerprint_hash);
    if (attestation)
        if (auto saved = save_attestation(*attestation); !saved)
            return give_up(in_context("the key is saved, but what its token attests is not", saved.error()));
    return exit_ok;
}

} // namespace nacre::keygen
