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
    bool message_signatures = false;                              // -Y
    bool query_revoked = false;                                   // -Q
    bool write_revoked = false;                                   // -k
    bool show_certificates = false;                               // -L
    bool make_host_keys = false;                                  // -A
    bool moduli = false;                                          // -M
    bool download_keys = false;                                   // -D without -s, -K
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

    bool sign_certificates = false;                               // -s without -k

    std::string what_to_do;                                       // of -Y and -M: "sign", "generate"
    std::optional<std::string> authority;                         // -s: the key that signs, or whose certificates -k means
    bool authority_in_agent = false;                              // -U
    bool for_hosts = false;                                       // -h
    std::optional<std::string> identity;                          // -I: key id, or whose signature
    std::optional<std::string> names;                             // -n: principals with commas, or the namespace
    std::optional<std::string> validity;                          // -V
    std::optional<std::string> serial;                            // -z; "+N" counts up
    bool update = false;                                          // -u
    std::optional<std::string> token;                             // -D
    std::optional<std::string> token_library;                     // -w
    std::optional<std::string> signature_file;                    // -s, with -Y
    std::optional<std::string> revoked_file;                      // -r, with -Y
    std::vector<std::string> arguments;                           // files, behind the options

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
    bool openssh_form = false;                                    // -o: what is written anyway
    bool quiet = false;                                           // -q
    bool verbose = false;                                         // -v
    bool help = false;                                            // -? or --help, or an option that does not exist

    std::string mistake;                                          // in what belongs together, if there is one

    bool wants_format(std::string_view name) const;               // -m NAME was given
    KeyFileStyle style() const;                                   // of private keys to be written
};

// Understands options in any order, grouped and attached; a usage error is a Settings with `help` or `mistake`.
Result<Settings> parse_arguments(int count, char** arguments);

std::string_view usage();

} // namespace nacre::keygen
