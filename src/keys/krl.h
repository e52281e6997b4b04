// Key revocation lists, OpenSSH's binary form (PROTOCOL.krl; see PROTOCOL.md), and plain lists of keys.
//
// A Krl is a value: read from a file, asked, added to, written.  Reading refuses whatever it does
// not understand, since that may have been a revocation.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keys/certificate.h"
#include "keys/public_key.h"

namespace nacre {

inline constexpr std::size_t krl_size_limit = 64 * 1024 * 1024;   // bytes; longer files are refused

bool is_krl(Bytes file);

// Ranges of serial numbers, ends included, that never touch each other.
class SerialRanges {
public:
    void add(std::uint64_t first, std::uint64_t last);            // first <= last
    bool contains(std::uint64_t serial) const;
    const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }

private:
    std::map<std::uint64_t, std::uint64_t> ranges_;               // first → last
};

class Krl {
public:
    // What is revoked of one authority's certificates.
    struct OfAuthority {
        SerialRanges serials;
        std::set<std::string> key_ids;
    };

    static Result<Krl> read(Bytes file);
    Result<ByteVector> write(std::uint64_t generated_at) const;   // an error if it became too long

    // Looks at the key itself; of a certificate at its key, its authority, its serial number and its key id.  A
    // certificate that cannot be read counts as revoked.
    bool revokes(const PublicKey& key) const;

    // Without an authority, certificates of any are meant.
    void revoke_serials(const PublicKey* authority, std::uint64_t first, std::uint64_t last);
    void revoke_key_id(const PublicKey* authority, std::string_view key_id);
    // A certificate: by serial number, or by key id if it has none; else a key.
    Result<void> revoke(const PublicKey& key);
    void revoke_key(const PublicKey& plain);
    void revoke_sha1(ByteVector digest) { sha1_.insert(std::move(digest)); }
    void revoke_sha256(ByteVector digest) { sha256_.insert(std::move(digest)); }

    std::uint64_t version = 0;
    std::uint64_t generated = 0;                                  // seconds since 1970
    std::string comment;

    const std::map<ByteVector, OfAuthority>& authorities() const { return authorities_; }
    const std::set<ByteVector>& keys() const { return keys_; }
    const std::set<ByteVector>& sha1() const { return sha1_; }
    const std::set<ByteVector>& sha256() const { return sha256_; }

private:
    friend class KrlReader;
    bool revokes_plain(const PublicKey& key) const;
    bool revokes_certificate(const Certificate& certificate) const;

    std::map<ByteVector, OfAuthority> authorities_;               // by the authority's blob; an empty one: any
    std::set<ByteVector> keys_;                                   // blobs
    std::set<ByteVector> sha1_, sha256_;                          // of blobs
};

// Whether RevokedKeys or RevokedHostKeys, whose file holds this, refuses the key: a KRL, or lines of public keys.  Fails
// if the file cannot be understood; callers then refuse every key.
Result<bool> is_revoked_by(Bytes file, const PublicKey& key);

} // namespace nacre
