// Key files of every form, told apart by their first line; PEM may have text in front.  Bytes in, values out: opening
// files is for others.
//
// A private key file that wants a passphrase, or another one, fails with ErrorKind::not_permitted;
// one that is damaged or of an unknown form with ErrorKind::bad_input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "keys/private_key.h"
#include "keys/public_key.h"

namespace nacre {

inline constexpr std::size_t key_file_limit = 1024 * 1024;        // bytes; longer files are refused

// openssh: "openssh-key-v1".  pem: PKCS #1 and SEC 1.  pkcs8: RFC 5208, plain or encrypted.  ssh_com: read only, and
// only without a passphrase.
enum class KeyFileForm { openssh, pem, pkcs8, ssh_com };

struct PrivateKeyFile {                                           // what a private key file holds
    PrivateKey key;
    std::string comment;                                          // only the OpenSSH form has one
    KeyFileForm form;
};

struct PublicKeyFile {                                            // what a public key file holds
    PublicKey key;
    std::string comment;
};

// True if another passphrase, or one at all, could help.
inline bool wants_passphrase(const Error& error) { return error.kind == ErrorKind::not_permitted; }

// The form of a private key file by its first line, or by the first line of PEM behind other text; bad_input if it is
// none.
Result<KeyFileForm> private_key_form(Bytes file);

inline constexpr std::uint32_t bcrypt_rounds_limit = 1U << 16;    // more would keep a program busy for hours

// What a file may ask for before its passphrase is known to be right.
struct KeyFileWork {
    std::uint32_t bcrypt_rounds = bcrypt_rounds_limit;
    std::int64_t pbkdf2_iterations = 10'000'000;                  // a few seconds
};

// An empty passphrase means that there is none (yet).
Result<PrivateKeyFile> parse_private_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit = {});

// The public half of a private key file, without a passphrase.  An encrypted PEM or PKCS #8 file does not show it
// (not_permitted); the comment of an encrypted OpenSSH file stays hidden too (empty).
Result<PublicKeyFile> parse_public_half(Bytes file);

// A .pub file: one line, after any comments and blank lines.
Result<PublicKeyFile> parse_public_key(Bytes file);

struct KeyFileStyle {                                             // how a private key is written
    KeyFileForm form = KeyFileForm::openssh;                      // RSA and ECDSA; all others are always written as openssh
    std::string_view cipher = "aes256-ctr";                       // openssh only
    std::uint32_t rounds = 24;                                    // openssh only
};

// The text of a file; unencrypted with an empty passphrase.
Result<SecretBytes> write_private_key(const PrivateKey& key, std::string_view comment, std::string_view passphrase,
                                      const KeyFileStyle& style, Random& random);

} // namespace nacre
