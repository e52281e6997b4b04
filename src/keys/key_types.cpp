#include "keys/key_types.h"

#include <array>

#include "base/table.h"
#include "keys/key_family.h"

namespace nacre {

namespace {

constexpr std::array types{                                       // in the order of KeyKind
    KeyTypeRow{"ssh-ed25519", "ED25519", "ed25519", KeyKind::ed25519, 256},
    KeyTypeRow{"ecdsa-sha2-nistp256", "ECDSA", "ecdsa", KeyKind::ecdsa_nistp256, 256},
    KeyTypeRow{"ecdsa-sha2-nistp384", "ECDSA", "ecdsa", KeyKind::ecdsa_nistp384, 384},
    KeyTypeRow{"ecdsa-sha2-nistp521", "ECDSA", "ecdsa", KeyKind::ecdsa_nistp521, 521},
    KeyTypeRow{"ssh-rsa", "RSA", "rsa", KeyKind::rsa, 0},
};

constexpr std::array families{
    &ed25519_family, &ecdsa_family, &ecdsa_family, &ecdsa_family, &rsa_family,
};

constexpr std::array algorithms{                                  // in order of preference
    SignatureAlgorithm{"ssh-ed25519", KeyKind::ed25519, std::nullopt, true},
    SignatureAlgorithm{"ecdsa-sha2-nistp256", KeyKind::ecdsa_nistp256, HashKind::sha256, true},
    SignatureAlgorithm{"ecdsa-sha2-nistp384", KeyKind::ecdsa_nistp384, HashKind::sha384, true},
    SignatureAlgorithm{"ecdsa-sha2-nistp521", KeyKind::ecdsa_nistp521, HashKind::sha512, true},
    SignatureAlgorithm{"rsa-sha2-512", KeyKind::rsa, HashKind::sha512, true},
    SignatureAlgorithm{"rsa-sha2-256", KeyKind::rsa, HashKind::sha256, true},
    SignatureAlgorithm{"ssh-rsa", KeyKind::rsa, HashKind::sha1, false},   // SHA-1: only where somebody asks for it
};

static_assert([] {
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i].kind != static_cast<KeyKind>(i))
            return false;
    return families.size() == types.size();
}());

} // namespace

std::span<const KeyTypeRow> key_types() { return types; }

const KeyTypeRow* find_key_type(std::string_view name) { return find_by_name(types, name); }

const KeyTypeRow& key_type(KeyKind kind) { return types[static_cast<std::size_t>(kind)]; }

std::span<const SignatureAlgorithm> signature_algorithms() { return algorithms; }

const SignatureAlgorithm* find_signature_algorithm(std::string_view name) { return find_by_name(algorithms, name); }

const KeyFamily& family_of(KeyKind kind) { return *families[static_cast<std::size_t>(kind)]; }

std::optional<KeyKind> kind_of(const EvpKey& key)
{
    auto kind = sign_kind(key);
    if (kind == SignKind::ed25519)
        return KeyKind::ed25519;
    if (kind == SignKind::rsa)
        return KeyKind::rsa;
    if (kind != SignKind::ecdsa)
        return std::nullopt;
    auto curve = ecdsa_curve(key);
    if (!curve)
        return std::nullopt;
    constexpr std::array kinds{KeyKind::ecdsa_nistp256, KeyKind::ecdsa_nistp384, KeyKind::ecdsa_nistp521};
    return kinds[static_cast<std::size_t>(*curve)];
}

} // namespace nacre
