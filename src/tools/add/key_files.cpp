#include "tools/add/key_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "keys/key_types.h"
#include "os/askpass.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/user.h"

namespace nacre::add_tool {

namespace {

void warn_of_open_file(const std::string& file, unsigned mode)
{
    constexpr std::string_view rule = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
    say(stderr, "{}\n@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n{}\n", rule, rule);
    say(stderr, "Permissions {:04o} for '{}' are too open: others may read this private key.\n", mode,
        printable(file));
}

Result<SecretBytes> read_private_file(const std::string& file)
{
    if (file == "-")
        return read_secret_file(0, key_file_limit);
    auto opened = TRY(open_to_read(file, FifoWriter::awaited));
    auto facts = TRY(file_facts(opened.number()));
    if (is_too_open(facts, real_uid())) {
        warn_of_open_file(file, facts.mode);
        return not_permitted("this private key is not used; chmod 600 makes it its owner's alone");
    }
    return read_secret_file(opened.number(), key_file_limit);
}

} // namespace

std::string name_of(const std::string& file)
{
    return file == "-" ? std::string{"(stdin)"} : printable(file);
}

Result<SecretBytes> ask_secret(std::string_view prompt)
{
    auto answer = TRY(ask_person_or_input(askpass_settings(Environment::of_this_process()), prompt));
    return answer ? std::move(*answer) : SecretBytes{};
}

Result<PrivateKeyFile> KeyFiles::load_private(const std::string& file)
{
    auto text = TRY(read_private_file(file));
    auto read = parse_private_key(text.bytes(), {});
    if (!read && wants_passphrase(read.error()) && passphrase_)
        read = parse_private_key(text.bytes(), passphrase_->text());
    auto name = name_of(file);
    auto addition = confirm_ ? " (will confirm each use)" : "";
    auto prompt = fmt::format("Enter passphrase for {}{}: ", name, addition);
    while (!read && wants_passphrase(read.error())) {
        auto passphrase = TRY(ask_secret(prompt));
        if (passphrase.empty())
            return read;
        read = parse_private_key(text.bytes(), passphrase.text());
        passphrase_ = std::move(passphrase);
        prompt = fmt::format("Bad passphrase, try again for {}{}: ", name, addition);
    }
    if (read && read->comment.empty())
        read->comment = name;
    return read;
}

Result<PublicKeyFile> load_public(const std::string& file)
{
    auto text = read_secret_file(file, key_file_limit, FifoWriter::awaited);
    if (text)
        if (auto key = parse_public_key(text->bytes()))
            return key;
    if (auto beside = read_file(file + ".pub", key_file_limit))
        if (auto key = parse_public_key(*beside))
            return key;
    if (!text)
        return fail(text.error());
    return parse_public_half(text->bytes());
}

Result<std::optional<PublicKeyFile>> load_certificate(const std::string& file)
{
    auto path = file + "-cert.pub";
    auto text = read_file(path, key_file_limit);
    if (!text && text.error().os_error == ENOENT)
        return std::nullopt;
    if (!text)
        return fail(text.error());
    auto key = parse_public_key(*text);
    if (!key)
        return fail(in_context(printable(path), std::move(key.error())));
    return std::optional{std::move(*key)};
}

std::vector<std::string> default_files()
{
    auto user = current_user();
    std::vector<std::string> files;
    if (!user)
        return files;
    auto folder = user->home + "/.ssh/id_";                       // whatever HOME says, as everywhere
    for (auto option : {"rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "mldsa44_ed25519"})
        if (file_facts(folder + option))
            files.push_back(folder + option);
    return files;
}

} // namespace nacre::add_tool
