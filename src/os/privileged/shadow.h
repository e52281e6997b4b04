// PRIVILEGED: linked into sshd-session alone.  Passwords of the shadow file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace nacre {

struct ShadowEntry {
    SecretBytes hash;                                             // crypt(3) form; "*" and "!…" are locked
    std::optional<std::int64_t> last_change_day;                  // days since 1970; 0: must be changed at once
    std::optional<std::int64_t> maximum_days;
    std::optional<std::int64_t> warning_days;
    std::optional<std::int64_t> inactive_days;
    std::optional<std::int64_t> expiry_day;                       // of the account
};

// Nothing: no such user.  Without a shadow entry the passwd file's hash is used.
Result<std::optional<ShadowEntry>> shadow_entry(const std::string& user);

std::int64_t today();                                             // in days since 1970, as entries count
enum class PasswordAge { good, must_change, expired };
bool account_expired(const ShadowEntry& entry, std::int64_t today);
PasswordAge password_age(const ShadowEntry& entry, std::int64_t today);
// What the user should be told in time: "Your password will expire in 3 days."
std::vector<std::string> expiry_warnings(const ShadowEntry& entry, std::int64_t today);
bool is_locked(const ShadowEntry& entry);                         // no password opens it

// Compares in constant time.  Without an entry (unknown user), with a locked or an unusable one, the same work is
// done against a hash of this system's usual method and cost, and the answer is no.  An empty hash never matches a
// non-empty password; whether empty passwords count is the caller's rule: `empty_hash_matches_empty`.
enum class EmptyPasswords { refused, allowed };
bool verify_password(const std::optional<ShadowEntry>& entry, const SecretBytes& password, EmptyPasswords empty);

} // namespace nacre
