#include "keys/krl_specification.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "crypto/hash.h"
#include "keys/armor.h"

namespace nacre {

namespace {

// Decimal, hexadecimal with 0x, octal with 0.
std::optional<std::uint64_t> parse_serial(std::string_view text)
{
    text = trim(text);
    if (text.size() < 2 || text[0] != '0')
        return parse_number<std::uint64_t>(text);
    bool is_hexadecimal = to_lower(text[1]) == 'x';
    return parse_number<std::uint64_t>(text.substr(is_hexadecimal ? 2 : 1), is_hexadecimal ? 16 : 8);
}

Result<const PublicKey*> named_authority(const KrlAuthority& authority)
{
    if (!authority.key && !authority.any)
        return bad_input("revoking certificates by serial number or key id needs their authority (-s)");
    return authority.key ? &*authority.key : nullptr;
}

Result<void> revoke_serials(Krl& list, std::string_view value, const KrlAuthority& authority)
{
    auto* whose = TRY(named_authority(authority));
    auto dash = value.find('-');
    auto first = parse_serial(value.substr(0, dash));
    auto last = dash == std::string_view::npos ? first : parse_serial(value.substr(dash + 1));
    if (!first || !last || *first > *last)
        return bad_input(fmt::format("invalid serial number or range \"{}\"", printable(value)));
    if (*first == 0)
        return bad_input("certificates without a serial number (0) cannot be revoked by it");
    list.revoke_serials(whose, *first, *last);
    return {};
}

Result<void> revoke_key_id(Krl& list, std::string_view value, const KrlAuthority& authority)
{
    auto* whose = TRY(named_authority(authority));
    list.revoke_key_id(whose, value);
    return {};
}

Result<void> revoke_key(Krl& list, std::string_view value, const KrlAuthority&)
{
    auto key = TRY(PublicKey::from_line(value));
    list.revoke_key(key);
    return {};
}

Result<void> revoke_sha1(Krl& list, std::string_view value, const KrlAuthority&)
{
    auto key = TRY(PublicKey::from_line(value));
    list.revoke_sha1(hash_of(HashKind::sha1, key.plain().blob()));
    return {};
}

Result<void> revoke_sha256(Krl& list, std::string_view value, const KrlAuthority&)
{
    auto key = TRY(PublicKey::from_line(value));
    list.revoke_sha256(hash_of(HashKind::sha256, key.plain().blob()));
    return {};
}

Result<void> revoke_hash(Krl& list, std::string_view value, const KrlAuthority&)
{
    constexpr std::string_view prefix = "SHA256:";
    if (!value.starts_with(prefix))
        return bad_input("a hash must be a fingerprint that begins with SHA256:");
    std::string digits{value.substr(prefix.size())};
    digits.append((4 - digits.size() % 4) % 4, '=');
    auto digest = from_base64(digits);
    if (!digest || digest->size() != hash_size(HashKind::sha256))
        return bad_input("a fingerprint that is damaged");
    list.revoke_sha256(*std::move(digest));
    return {};
}

struct KeywordRow {
    std::string_view name;
    Result<void> (*apply)(Krl& list, std::string_view value, const KrlAuthority& authority);
};

constexpr std::array keywords{
    KeywordRow{"serial:", revoke_serials}, KeywordRow{"id:", revoke_key_id},     KeywordRow{"key:", revoke_key},
    KeywordRow{"sha1:", revoke_sha1},      KeywordRow{"sha256:", revoke_sha256}, KeywordRow{"hash:", revoke_hash},
};

Result<void> apply_line(Krl& list, std::string_view line, const KrlAuthority& authority)
{
    for (auto& row : keywords)
        if (equal_ignoring_case(line.substr(0, row.name.size()), row.name))
            return row.apply(list, trim(line.substr(row.name.size())), authority);
    auto key = TRY(PublicKey::from_line(line));
    return list.revoke(key);
}

} // namespace

Result<void> apply_specification(Krl& list, std::string_view text, const KrlAuthority& authority)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto line = take_line(text);
        line = trim(line.substr(0, line.find('#')));
        if (line.empty())
            continue;
        if (auto applied = apply_line(list, line, authority); !applied)
            return fail(in_context(fmt::format("line {}", number), std::move(applied.error())));
    }
    return {};
}

} // namespace nacre
