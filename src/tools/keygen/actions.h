// What ssh-keygen can do; each returns the exit status.
#pragma once

#include "base/result.h"
#include "keys/public_key.h"
#include "tools/keygen/settings.h"

namespace nacre::keygen {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;                             // no such host, no certificate, no thank you
inline constexpr int exit_error = 255;

// Says why nothing was done, where OpenSSH's ends with 1 and not with 255: called wrongly, not answered, not saved.
int give_up(const Error& why);

Result<int> generate_key(const Settings& settings);

// Those about one key file find it in `settings.file`: without -f somebody was asked for it (keygen.cpp).

// -l, -B: of private, public, known_hosts and authorized_keys files
Result<int> show_fingerprints(const Settings& settings);
Result<int> print_public_half(const Settings& settings);
void print_fingerprint(const Settings& settings, const PublicKey& key, std::string_view comment);

Result<int> change_passphrase(const Settings& settings);
Result<int> change_comment(const Settings& settings);

Result<int> import_key(const Settings& settings);
Result<int> export_key(const Settings& settings);

Result<int> find_host(const Settings& settings);
Result<int> remove_host(const Settings& settings);
Result<int> hash_hosts(const Settings& settings);

Result<int> print_dns_records(const Settings& settings);

Result<int> sign_certificates(const Settings& settings);
Result<int> show_certificates(const Settings& settings);
Result<int> make_host_keys(const Settings& settings);

Result<int> write_revocation_list(const Settings& settings);
Result<int> query_revocation_list(const Settings& settings);

Result<int> handle_message_signatures(const Settings& settings);  // -Y

Result<int> handle_moduli(const Settings& settings);
Result<int> download_keys_of_token(const Settings& settings);

} // namespace nacre::keygen
