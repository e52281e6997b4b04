// "openssh-key-v1" files (OpenSSH's PROTOCOL.key): one key, its comment, encrypted with a key made by bcrypt_pbkdf.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "keys/key_file.h"

namespace nacre {

inline constexpr std::string_view openssh_begin_line = "-----BEGIN OPENSSH PRIVATE KEY-----";
bool is_openssh_cipher(std::string_view name);                    // may be asked for in write_openssh_key
std::string openssh_cipher_names();                               // with commas

Result<PrivateKeyFile> parse_openssh_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit);
Result<PublicKeyFile> parse_openssh_public_half(Bytes file);      // the comment only if the file is not encrypted
Result<SecretBytes> write_openssh_key(const PrivateKey& key, std::string_view comment, std::string_view passphrase,
                                      const KeyFileStyle& style, Random& random);

} // namespace nacre
