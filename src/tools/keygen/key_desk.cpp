#include "tools/keygen/key_desk.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "crypto/random.h"
#include "os/askpass.h"
#include "os/print.h"
#include "os/prompt.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/user.h"

namespace nacre::keygen {

namespace {

constexpr int passphrase_attempts = 8;
constexpr std::size_t longest_line = 64 * 1024;

Result<SecretBytes> read_private_file(const std::string& file)
{
    auto opened = TRY(open_to_read(file, FifoWriter::awaited));
    auto facts = TRY(file_facts(opened.number()));
    if (is_too_open(facts, real_uid()))
        return not_permitted(fmt::format("{}: its permissions {:04o} let others read it; a private key must be its "
                                         "owner's alone",
            file, facts.mode));
    return read_secret_file(opened.number(), key_file_limit);
}

Result<PublicKeyFile> read_beside(const std::string& file)
{
    if (file == "-")
        return bad_input("nothing lies beside standard input");
    auto text = TRY(read_input(file + ".pub"));
    return parse_public_key(text.bytes());
}

Failure nobody_answered(std::string_view prompt)
{
    return bad_input(fmt::format("{} nobody answered, by terminal, SSH_ASKPASS or standard input", printable(trim(prompt))));
}

} // namespace

std::optional<std::string> ask_line(std::string_view prompt)
{
    say("{}", prompt);
    flush_text(stdout);
    // No byte further, as passphrases are read: what comes next may be one.
    auto line = read_secret_line(STDIN_FILENO, longest_line);
    if (!line || !*line)
        return std::nullopt;
    auto text = (*line)->text();
    return std::string{trim(text.substr(0, text.find('\0')))};
}

Result<SecretBytes> ask_passphrase(std::string_view prompt)
{
    flush_text(stdout);
    auto answer = TRY(ask_person_or_input(askpass_settings(Environment::of_this_process()), prompt));
    if (!answer)
        return nobody_answered(prompt);
    return std::move(*answer);
}

// Scripts make keys without a passphrase by an input that is empty or ends, as with OpenSSH.  Once a passphrase was meant,
// the end of the input is no answer: a key would be open that somebody thinks is locked.
Result<SecretBytes> choose_passphrase(const Settings& settings, std::string_view prompt)
{
    if (settings.new_passphrase)
        return settings.new_passphrase->clone();
    constexpr std::string_view again = "Enter same passphrase again: ";
    auto asked = askpass_settings(Environment::of_this_process());
    bool may_end = !settings.change_passphrase && prompt_or_input(asked) == PromptWith::nothing;
    for (int attempt = 0; attempt < passphrase_attempts; ++attempt) {
        auto first = TRY(ask_person_or_input(asked, prompt));
        if (!first && !may_end)
            return nobody_answered(prompt);
        auto second = TRY(ask_person_or_input(asked, again));
        if (may_end && attempt == 0 && (!first || first->empty()) && (!second || second->empty()))
            return SecretBytes{};
        if (!first || !second)
            return nobody_answered(first ? again : prompt);
        if (*first == *second)
            return std::move(*first);
        say("Passphrases do not match.  Try again.\n");
    }
    return bad_input("the passphrases were never the same");
}

Result<std::string> default_key_file(std::string_view option_name)
{
    auto user = TRY(current_user());
    std::string name{option_name};
    std::ranges::replace(name, '-', '_');
    return fmt::format("{}/.ssh/id_{}", user.home, name);
}

Result<std::string> ask_key_file(std::string_view prompt, std::string_view proposal)
{
    auto answer = ask_line(fmt::format("{} ({}): ", prompt, proposal));
    if (!answer)
        return bad_input("no file was named");
    return answer->empty() ? std::string{proposal} : *answer;
}

Result<std::string> ask_key_to_use(const Settings& settings)
{
    auto usual = TRY(default_key_file(settings.type.value_or("ed25519")));
    return ask_key_file("Enter file in which the key is", usual);
}

std::string own_name()
{
    auto user = current_user();
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0)
        host = {"unknown"};
    return fmt::format("{}@{}", user ? user->name : "unknown", host.data());
}

Result<SecretBytes> read_input(const std::string& file, std::size_t at_most)
{
    if (file == "-")
        return read_secret_file(STDIN_FILENO, at_most);
    return read_secret_file(file, at_most, FifoWriter::awaited);
}

Result<LoadedKey> load_private(const Settings& settings, const std::string& file)
{
    auto text = TRY(read_private_file(file));
    auto read = parse_private_key(text.bytes(), {});
    if (read)
        return LoadedKey{std::move(*read), {}};
    if (!wants_passphrase(read.error()))
        return fail(in_context(file, std::move(read.error())));
    SecretBytes passphrase;
    if (settings.old_passphrase)
        passphrase = settings.old_passphrase->clone();
    else
        passphrase = TRY(ask_passphrase(settings.change_passphrase ? "Enter old passphrase: " : "Enter passphrase: "));
    read = parse_private_key(text.bytes(), passphrase.text());
    if (!read)
        return fail(in_context(file, std::move(read.error())));
    return LoadedKey{std::move(*read), std::move(passphrase)};
}

Result<PublicKeyFile> load_public(const std::string& file)
{
    auto text = read_input(file);
    auto beside = read_beside(file);
    if (!text)
        return beside ? std::move(beside) : Result<PublicKeyFile>{fail(std::move(text.error()))};
    auto half = parse_public_half(text->bytes());
    if (half) {
        // A comment in the other file counts if it is about this key.
        if (beside && beside->key == half->key && !beside->comment.empty())
            half->comment = std::move(beside->comment);
        return half;
    }
    auto plain = parse_public_key(text->bytes());
    if (plain)
        return plain;
    if (beside)
        return beside;
    return fail(in_context(file, std::move(plain.error())));
}

Result<void> save_private(const Settings& settings, const std::string& file, const PrivateKey& key,
    std::string_view comment, const SecretBytes& passphrase)
{
    SystemRandom random;
    auto text = TRY(write_private_key(key, comment, passphrase.text(), settings.style(), random));
    return replace_file(file, text.bytes(), 0600);
}

Result<void> save_public(const std::string& file, const PublicKey& key, std::string_view comment)
{
    auto line = key.line(comment) + '\n';
    return replace_public_file(file + ".pub", as_bytes(line));
}

Result<void> save_both(const Settings& settings, const std::string& file, const PrivateKey& key, std::string_view comment,
    const SecretBytes& passphrase)
{
    TRY(save_private(settings, file, key, comment, passphrase));
    return save_public(file, key.public_key(), comment);
}

} // namespace nacre::keygen
