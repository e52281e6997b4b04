// Where ssh-keygen's actions get keys and put them: files, and the person who knows the passphrase.
//
// Questions and answers of people are worded as OpenSSH's are where scripts (expect) wait for them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "keys/key_file.h"
#include "tools/keygen/settings.h"

namespace nacre::keygen {

// A line from standard input; nothing at its end.
std::optional<std::string> ask_line(std::string_view prompt);
// Off the screen, by terminal or SSH_ASKPASS, else from standard input.  No answer is an error, as an empty one is not.
Result<SecretBytes> ask_passphrase(std::string_view prompt);
// -N, or asked for twice until both agree.
Result<SecretBytes> choose_passphrase(const Settings& settings, std::string_view prompt);

Result<std::string> ask_key_to_use(const Settings& settings);      // where there is no -f
Result<std::string> default_key_file(std::string_view option_name);   // ~/.ssh/id_…
Result<std::string> ask_key_file(std::string_view prompt, std::string_view proposal);
std::string own_name();                                           // user@host

// "-" is standard input.
Result<SecretBytes> read_input(const std::string& file, std::size_t at_most = key_file_limit);

struct LoadedKey {
    PrivateKeyFile file;
    SecretBytes passphrase;                                       // that opened it
};

// Asks for the passphrase if -P does not say it.  Refuses a file that others may read.
Result<LoadedKey> load_private(const Settings& settings, const std::string& file);
// A public key, or the public half of a private one, asking for nothing: FILE itself, then FILE.pub, also where FILE is
// not there or not ours to read.
Result<PublicKeyFile> load_public(const std::string& file);

Result<void> save_private(const Settings& settings, const std::string& file, const PrivateKey& key,
                          std::string_view comment, const SecretBytes& passphrase);
Result<void> save_public(const std::string& file, const PublicKey& key, std::string_view comment);   // FILE.pub
Result<void> save_both(const Settings& settings, const std::string& file, const PrivateKey& key,
                       std::string_view comment, const SecretBytes& passphrase);

} // namespace nacre::keygen
