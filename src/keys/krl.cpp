#include "keys/krl.h"

#include <limits>

#include "base/text.h"
#include "crypto/hash.h"
#include "keys/armor.h"
#include "keys/krl_format.h"

namespace nacre {

void SerialRanges::add(std::uint64_t first, std::uint64_t last)
{
    constexpr auto top = std::numeric_limits<std::uint64_t>::max();
    auto next = ranges_.upper_bound(first);
    if (next != ranges_.begin()) {
        auto before = std::prev(next);
        if (before->second == top || before->second + 1 >= first) {
            first = before->first;
            last = std::max(last, before->second);
            ranges_.erase(before);
        }
    }
    while (next != ranges_.end() && (last == top || next->first <= last + 1)) {
        last = std::max(last, next->second);
        next = ranges_.erase(next);
    }
    ranges_.emplace(first, last);
}

bool SerialRanges::contains(std::uint64_t serial) const
{
    auto next = ranges_.upper_bound(serial);
    return next != ranges_.begin() && std::prev(next)->second >= serial;
}

bool is_krl(Bytes file)
{
    return file.size() >= krl::magic.size() && same_bytes(file.first(krl::magic.size()), krl::magic);
}

bool Krl::revokes_plain(const PublicKey& key) const
{
    auto blob = to_vector(key.blob());
    return keys_.contains(blob) || (!sha1_.empty() && sha1_.contains(hash_of(HashKind::sha1, blob))) ||
           (!sha256_.empty() && sha256_.contains(hash_of(HashKind::sha256, blob)));
}

bool Krl::revokes_certificate(const Certificate& certificate) const
{
    for (auto& authority : {to_vector(certificate.authority.blob()), ByteVector{}}) {
        auto found = authorities_.find(authority);
        if (found == authorities_.end())
            continue;
        if (found->second.key_ids.contains(certificate.terms.key_id))
            return true;
        // Zero says that the authority does not number its certificates.
        if (certificate.terms.serial != 0 && found->second.serials.contains(certificate.terms.serial))
            return true;
    }
    return false;
}

bool Krl::revokes(const PublicKey& key) const
{
    if (revokes_plain(key.plain()))
        return true;
    if (!key.is_certificate())
        return false;
    auto certificate = parse_certificate(key);
    return !certificate || revokes_plain(certificate->authority) || revokes_certificate(*certificate);
}

void Krl::revoke_serials(const PublicKey* authority, std::uint64_t first, std::uint64_t last)
{
    authorities_[authority ? to_vector(authority->blob()) : ByteVector{}].serials.add(first, last);
}

void Krl::revoke_key_id(const PublicKey* authority, std::string_view key_id)
{
    authorities_[authority ? to_vector(authority->blob()) : ByteVector{}].key_ids.emplace(key_id);
}

void Krl::revoke_key(const PublicKey& plain) { keys_.insert(to_vector(plain.plain().blob())); }

Result<void> Krl::revoke(const PublicKey& key)
{
    if (!key.is_certificate()) {
        revoke_key(key);
        return {};
    }
    auto certificate = TRY(parse_certificate(key));
    if (certificate.terms.serial != 0)
        revoke_serials(&certificate.authority, certificate.terms.serial, certificate.terms.serial);
    else
        revoke_key_id(&certificate.authority, certificate.terms.key_id);
    return {};
}

Result<bool> is_revoked_by(Bytes file, const PublicKey& key)
{
    if (is_krl(file)) {
        auto list = TRY(Krl::read(file));
        return list.revokes(key);
    }
    // A plain list: keys, and with them every certificate about them and those that they signed.  A certificate that is
    // listed stands for its key: another about that is soon made.
    std::optional<PublicKey> authority;
    if (key.is_certificate()) {
        auto certificate = TRY(parse_certificate(key));
        authority = std::move(certificate.authority);
    }
    auto text = as_text(file);
    while (!text.empty()) {
        auto line = trim(take_line(text));
        if (line.empty() || line.starts_with('#'))
            continue;
        auto listed = PublicKey::from_line(line);
        if (!listed && listed.error().kind == ErrorKind::incompatible)
            continue;                                             // too short for anybody to come in with
        if (!listed)
            return fail(std::move(listed).error());
        if (listed->plain() == key.plain() || (authority && listed->plain() == *authority))
            return true;
    }
    return false;
}

} // namespace nacre
