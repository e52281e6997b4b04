// What the command line of ssh-keygen asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "keys/key_file.h"

namespace nacre::keygen {

struct Settings {
    // Which action: the first of the table in keygen.cpp whose flag is set.
    bool find_host = false;                                       // -F
    bool remove_host = false;                                     // -R
    bool hash_hosts = false;                                      // -H; with -F: show what is found hashed
    bool dns_records = false;                                     // -r
    bool fingerprint = false;                                     // -l; with -F: show what is found as fingerprint
    bool bubble_babble = false;                                   // -B
    bool change_passphrase = false;                               // -p
    bool change_comment = false;                                  // -c
    bool print_public = false;                                    // -y
    bool import_key = false;                                      // -i
    bool export_key = false;                                      // -e

    std::string host;                                             // of -F, -R and -r
    bool generic_dns = false;                                     // -g
    std::vector<std::string> options;                             // -O
    std::optional<std::string> file;                              // -f; "-" is standard input where reading makes sense
    std::optional<std::string> type;                              // -t
    std::optional<std::uint32_t> bits;                            // -b
    std::optional<std::string> comment;                           // -C
    std::optional<SecretBytes> old_passphrase;                    // -P
    std::optional<SecretBytes> new_passphrase;                    // -N
    std::optional<std::string> format;                            // -m, checked: RFC4716, PKCS8 or PEM, any case
    std::string cipher = "aes256-ctr";                            // -Z
    std::uint32_t rounds = 24;                                    // -a
    HashKind fingerprint_hash = HashKind::sha256;                 // -E
    bool quiet = false;                                           // -q
    bool verbose = false;                                         // -v
    bool help = false;                                            // -? or --help, or an option that does not exist

    bool wants_format(std::string_view name) const;               // -m NAME was given
    KeyFileStyle style() const;                                   // of private keys to be written
};

// Understands options in any order, grouped and attached; a usage error is a Settings with `help`.
Result<Settings> parse_arguments(int count, char** arguments);

std::string_view usage();

} // namespace nacre::keygen
