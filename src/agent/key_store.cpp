#include "agent/key_store.h"

#include <algorithm>

#include "crypto/bcrypt_pbkdf.h"

namespace nacre::agent {

namespace {

constexpr std::size_t lock_salt_size = 16;
constexpr std::size_t lock_digest_size = 32;
constexpr std::uint32_t lock_rounds = 1;
constexpr unsigned most_failures_counted = 100;
constexpr auto delay_per_failure = std::chrono::milliseconds{100};

} // namespace

Result<void> KeyStore::add(OfferedKey offered, Constraints constraints, TimePoint now)
{
    StoredKey key{.blob = std::move(offered.blob),
                  .comment = std::move(offered.comment),
                  .dies_at = std::nullopt,
                  .confirm = constraints.confirm,
                  .destinations = std::move(constraints.destinations),
                  .provider = std::move(constraints.sk_provider),
                  .secret = ShieldedKey{offered.key, shield_}};
    if (constraints.lifetime)
        key.dies_at = now + *constraints.lifetime;
    return keep(std::move(key));
}

Result<void> KeyStore::add_token_key(Bytes blob, std::string comment, const std::string& provider,
                                     const Constraints& constraints, TimePoint now)
{
    if (find(blob))
        return {};
    StoredKey key{.blob = to_vector(blob),
                  .comment = std::move(comment),
                  .dies_at = std::nullopt,
                  .confirm = constraints.confirm,
                  .destinations = constraints.destinations,
                  .provider = provider};
    if (constraints.lifetime)
        key.dies_at = now + *constraints.lifetime;
    return keep(std::move(key));
}

bool KeyStore::remove_token_keys(std::string_view provider)
{
    return std::erase_if(keys_, [&](auto& key) { return key.in_pkcs11_token() && key.provider == provider; }) > 0;
}

Result<void> KeyStore::keep(StoredKey key)
{
    if (auto* known = find(key.blob)) {
        *known = std::move(key);
        return {};
    }
    if (keys_.size() == most_keys)
        return not_permitted("the agent holds too many keys");
    keys_.push_back(std::move(key));
    return {};
}

StoredKey* KeyStore::find(Bytes blob)
{
    auto found = std::ranges::find_if(keys_, [&](auto& key) { return same_bytes(key.blob, blob); });
    return found == keys_.end() ? nullptr : &*found;
}

Result<const PrivateKey*> KeyStore::open(StoredKey& key, TimePoint now)
{
    if (!key.secret)
        return not_permitted("the key is in its token");
    key.last_use = now;
    return key.secret->open(shield_);
}

bool KeyStore::remove(Bytes blob)
{
    return std::erase_if(keys_, [&](auto& key) { return same_bytes(key.blob, blob); }) > 0;
}

void KeyStore::tidy(TimePoint now)
{
    std::erase_if(keys_, [&](auto& key) { return key.dies_at && *key.dies_at <= now; });
    for (auto& key : keys_)
        if (key.secret && key.secret->is_open() && key.last_use + open_time <= now)
            key.secret->close();
}

std::optional<TimePoint> KeyStore::next_change() const
{
    std::optional<TimePoint> next;
    auto consider = [&](TimePoint when) { next = next ? std::min(*next, when) : when; };
    for (auto& key : keys_) {
        if (key.dies_at)
            consider(*key.dies_at);
        if (key.secret && key.secret->is_open())
            consider(key.last_use + open_time);
    }
    return next;
}

// bcrypt_pbkdf takes no empty passphrase; one that is tried is only wrong.
SecretBytes KeyStore::digest(std::string_view passphrase) const
{
    auto with_prefix = SecretBytes(passphrase.size() + 1);
    std::ranges::copy(as_bytes(passphrase), with_prefix.bytes().begin() + 1);
    SecretBytes result(lock_digest_size);
    if (!bcrypt_pbkdf(with_prefix.bytes(), lock_salt_, lock_rounds, result.bytes()))
        return {};
    return result;
}

bool KeyStore::lock(std::string_view passphrase)
{
    if (is_locked())
        return false;
    lock_salt_.resize(lock_salt_size);
    random_.fill(lock_salt_);
    lock_ = digest(passphrase);
    failures_ = 0;
    next_attempt_ = {};
    for (auto& key : keys_)
        if (key.secret)
            key.secret->close();
    return is_locked();
}

bool KeyStore::unlock(std::string_view passphrase, TimePoint now)
{
    if (!is_locked())
        return false;
    if (digest(passphrase) == lock_) {
        lock_ = {};
        failures_ = 0;
        next_attempt_ = {};
        return true;
    }
    failures_ = std::min(failures_ + 1, most_failures_counted);
    next_attempt_ = now + failures_ * delay_per_failure;
    return false;
}

} // namespace nacre::agent
