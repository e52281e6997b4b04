// The keys an agent holds: added, found, used, forgotten in time; and the lock over them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/constraints.h"
#include "agent/key_body.h"
#include "agent/shielded_key.h"
#include "base/time.h"
#include "crypto/random.h"

namespace nacre::agent {

struct StoredKey {
    ByteVector blob;
    std::string comment;
    std::optional<TimePoint> dies_at;
    bool confirm = false;
    std::vector<Destination> destinations;
    std::string provider{};                                       // the library for its token, if it is in one
    std::optional<ShieldedKey> secret{};                          // nothing: in a PKCS#11 token
    TimePoint last_use{};

    bool in_pkcs11_token() const { return !secret; }
};

class KeyStore {
public:
    explicit KeyStore(Random& random) : random_(random), shield_(random) {}

    static constexpr std::size_t most_keys = 4096;

    // A key that is there already gets the new comment and constraints, and keeps its place.
    Result<void> add(OfferedKey offered, Constraints constraints, TimePoint now);
    // Of a PKCS#11 token.  The first with a name for it stays.
    Result<void> add_token_key(Bytes blob, std::string comment, const std::string& provider,
                               const Constraints& constraints, TimePoint now);
    bool remove_token_keys(std::string_view provider);            // PKCS#11; false: there were none
    StoredKey* find(Bytes blob);
    const std::vector<StoredKey>& keys() const { return keys_; }
    Result<const PrivateKey*> open(StoredKey& key, TimePoint now);
    bool remove(Bytes blob);
    void remove_all() { keys_.clear(); }

    // Forgets what is over its time, encrypts what was not used for a while.  Nothing else looks at the clock.
    void tidy(TimePoint now);
    // When tidy() has something to do next.
    std::optional<TimePoint> next_change() const;

    bool is_locked() const { return !lock_.empty(); }
    bool lock(std::string_view passphrase);                       // false if it is locked already
    // Each failure makes the next attempt wait longer, whoever makes it.
    bool unlock(std::string_view passphrase, TimePoint now);
    TimePoint next_attempt() const { return next_attempt_; }

    static constexpr Seconds open_time{5};                        // a key unused for so long is encrypted again

private:
    Result<void> keep(StoredKey key);
    SecretBytes digest(std::string_view passphrase) const;

    Random& random_;
    Shield shield_;
    std::vector<StoredKey> keys_;
    ByteVector lock_salt_;
    SecretBytes lock_;                                            // empty: not locked
    unsigned failures_ = 0;
    TimePoint next_attempt_{};
};

} // namespace nacre::agent
