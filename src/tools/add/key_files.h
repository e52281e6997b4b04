// Where ssh-add's keys come from: files, and the person who knows the passphrases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "keys/key_file.h"

namespace nacre::add_tool {

std::string name_of(const std::string& file);                     // "(stdin)" for "-"
Result<SecretBytes> ask_secret(std::string_view prompt);          // empty if nobody answers

// One passphrase is tried on every file before anything is asked.
class KeyFiles {
public:
    explicit KeyFiles(bool confirm) : confirm_(confirm) {}

    // "-" is standard input.
    Result<PrivateKeyFile> load_private(const std::string& file);

private:
    bool confirm_;
    std::optional<SecretBytes> passphrase_;
};

// The public half of what lies at `file`, be it public or private, or at FILE.pub.
Result<PublicKeyFile> load_public(const std::string& file);
// FILE-cert.pub.  Nothing: there is none.
Result<std::optional<PublicKeyFile>> load_certificate(const std::string& file);
std::vector<std::string> default_files();                         // that exist

} // namespace nacre::add_tool
