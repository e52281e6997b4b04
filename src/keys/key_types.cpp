#include "keys/key_types.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/contract.h"
#include "base/table.h"
#include "base/text.h"
#include "keys/key_family.h"

namespace nacre {

namespace {

constexpr std::array types{                                       // in the order of KeyKind
    KeyTypeRow{"ssh-ed25519", "ED25519", "ed25519", KeyKind::ed25519, 256, KeyKind::ed25519},
    KeyTypeRow{"ssh-ed25519-cert-v01@openssh.com", "ED25519-CERT", "ed25519-cert", KeyKind::ed25519_certificate, 256,
               KeyKind::ed25519},
    KeyTypeRow{"ecdsa-sha2-nistp256", "ECDSA", "ecdsa", KeyKind::ecdsa_nistp256, 256, KeyKind::ecdsa_nistp256},
    KeyTypeRow{"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA-CERT", "ecdsa-cert", KeyKind::ecdsa_nistp256_certificate, 256,
               KeyKind::ecdsa_nistp256},
    KeyTypeRow{"ecdsa-sha2-nistp384", "ECDSA", "ecdsa", KeyKind::ecdsa_nistp384, 384, KeyKind::ecdsa_nistp384},
    KeyTypeRow{"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ECDSA-CERT", "ecdsa-cert", KeyKind::ecdsa_nistp384_certificate, 384,
               KeyKind::ecdsa_nistp384},
    KeyTypeRow{"ecdsa-sha2-nistp521", "ECDSA", "ecdsa", KeyKind::ecdsa_nistp521, 521, KeyKind::ecdsa_nistp521},
    KeyTypeRow{"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ECDSA-CERT", "ecdsa-cert", KeyKind::ecdsa_nistp521_certificate, 521,
               KeyKind::ecdsa_nistp521},
    KeyTypeRow{"ssh-rsa", "RSA", "rsa", KeyKind::rsa, 0, KeyKind::rsa},
    KeyTypeRow{"ssh-rsa-cert-v01@openssh.com", "RSA-CERT", "rsa-cert", KeyKind::rsa_certificate, 0,
               KeyKind::rsa},
    KeyTypeRow{"sk-ssh-ed25519@openssh.com", "ED25519-SK", "ed25519-sk", KeyKind::sk_ed25519, 256, KeyKind::sk_ed25519},
    KeyTypeRow{"sk-ssh-ed25519-cert-v01@openssh.com", "ED25519-SK-CERT", "ed25519-sk-cert",
               KeyKind::sk_ed25519_certificate, 256, KeyKind::sk_ed25519},
    KeyTypeRow{"sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK", "ecdsa-sk", KeyKind::sk_ecdsa_nistp256, 256,
               KeyKind::sk_ecdsa_nistp256},
    KeyTypeRow{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA-SK-CERT", "ecdsa-sk-cert",
               KeyKind::sk_ecdsa_nistp256_certificate, 256, KeyKind::sk_ecdsa_nistp256},
    KeyTypeRow{"ssh-mldsa44-ed25519@openssh.com", "MLDSA44-ED25519", "mldsa44-ed25519", KeyKind::mldsa44_ed25519, 256,
               KeyKind::mldsa44_ed25519, false},
    KeyTypeRow{"ssh-mldsa44-ed25519-cert-v01@openssh.com", "MLDSA44-ED25519-CERT", "mldsa44-ed25519-cert",
               KeyKind::mldsa44_ed25519_certificate, 256, KeyKind::mldsa44_ed25519, false},
};

constexpr std::array families{
    &ed25519_family, &certificate_family, &ecdsa_family, &certificate_family, &ecdsa_family,
    &certificate_family, &ecdsa_family, &certificate_family, &rsa_family, &certificate_family,
    &sk_ed25519_family, &certificate_family, &sk_ecdsa_family, &certificate_family, &mldsa44_ed25519_family,
    &certificate_family,
};

constexpr std::string_view webauthn_name = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

constexpr std::array algorithms{                                  // in order of preference
    SignatureAlgorithm{"ssh-ed25519-cert-v01@openssh.com", KeyKind::ed25519_certificate, std::nullopt, true,
                       "ssh-ed25519"},
    SignatureAlgorithm{"ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyKind::ecdsa_nistp256_certificate, HashKind::sha256, true,
                       "ecdsa-sha2-nistp256"},
    SignatureAlgorithm{"ecdsa-sha2-nistp384-cert-v01@openssh.com", KeyKind::ecdsa_nistp384_certificate, HashKind::sha384, true,
                       "ecdsa-sha2-nistp384"},
    SignatureAlgorithm{"ecdsa-sha2-nistp521-cert-v01@openssh.com", KeyKind::ecdsa_nistp521_certificate, HashKind::sha512, true,
                       "ecdsa-sha2-nistp521"},
    SignatureAlgorithm{"sk-ssh-ed25519-cert-v01@openssh.com", KeyKind::sk_ed25519_certificate, std::nullopt, true,
                       "sk-ssh-ed25519@openssh.com"},
    SignatureAlgorithm{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyKind::sk_ecdsa_nistp256_certificate,
                       HashKind::sha256, true, "sk-ecdsa-sha2-nistp256@openssh.com"},
    SignatureAlgorithm{"rsa-sha2-512-cert-v01@openssh.com", KeyKind::rsa_certificate, HashKind::sha512, true,
                       "rsa-sha2-512"},
    SignatureAlgorithm{"rsa-sha2-256-cert-v01@openssh.com", KeyKind::rsa_certificate, HashKind::sha256, true,
                       "rsa-sha2-256"},
    SignatureAlgorithm{"ssh-ed25519", KeyKind::ed25519, std::nullopt, true, "ssh-ed25519"},
    SignatureAlgorithm{"ecdsa-sha2-nistp256", KeyKind::ecdsa_nistp256, HashKind::sha256, true, "ecdsa-sha2-nistp256"},
    SignatureAlgorithm{"ecdsa-sha2-nistp384", KeyKind::ecdsa_nistp384, HashKind::sha384, true, "ecdsa-sha2-nistp384"},
    SignatureAlgorithm{"ecdsa-sha2-nistp521", KeyKind::ecdsa_nistp521, HashKind::sha512, true, "ecdsa-sha2-nistp521"},
    SignatureAlgorithm{"sk-ssh-ed25519@openssh.com", KeyKind::sk_ed25519, std::nullopt, true, "sk-ssh-ed25519@openssh.com"},
    SignatureAlgorithm{"sk-ecdsa-sha2-nistp256@openssh.com", KeyKind::sk_ecdsa_nistp256, HashKind::sha256, true,
                       "sk-ecdsa-sha2-nistp256@openssh.com"},
    SignatureAlgorithm{"rsa-sha2-512", KeyKind::rsa, HashKind::sha512, true, "rsa-sha2-512"},
    SignatureAlgorithm{"rsa-sha2-256", KeyKind::rsa, HashKind::sha256, true, "rsa-sha2-256"},
    // SHA-1: only where somebody asks for it
    SignatureAlgorithm{"ssh-rsa", KeyKind::rsa, HashKind::sha1, false, "ssh-rsa"},
    SignatureAlgorithm{"ssh-rsa-cert-v01@openssh.com", KeyKind::rsa_certificate, HashKind::sha1, false, "ssh-rsa"},
    // What a browser signs with a token: only to be verified
    SignatureAlgorithm{webauthn_name, KeyKind::sk_ecdsa_nistp256, HashKind::sha256, false, webauthn_name, false},
    SignatureAlgorithm{"webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyKind::sk_ecdsa_nistp256_certificate,
                       HashKind::sha256, false, webauthn_name, false},
    // Against quantum computers; by name until other suites have been seen to agree
    SignatureAlgorithm{"ssh-mldsa44-ed25519@openssh.com", KeyKind::mldsa44_ed25519, HashKind::sha512, false,
                       "ssh-mldsa44-ed25519@openssh.com", false},
    SignatureAlgorithm{"ssh-mldsa44-ed25519-cert-v01@openssh.com", KeyKind::mldsa44_ed25519_certificate,
                       HashKind::sha512, false, "ssh-mldsa44-ed25519@openssh.com", false},
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

const KeyTypeRow& certificate_type(KeyKind plain)
{
    auto& type = types[static_cast<std::size_t>(plain) + 1];      // the row behind its own
    NACRE_EXPECTS(type.is_certificate() && type.plain_kind == plain);
    return type;
}

std::span<const SignatureAlgorithm> signature_algorithms() { return algorithms; }

const SignatureAlgorithm* find_signature_algorithm(std::string_view name) { return find_by_name(algorithms, name); }

std::string signature_labels(std::string_view names)
{
    std::vector<std::string> labels;
    for (auto name : split(names, ','))
        if (auto* row = find_signature_algorithm(name); row && std::ranges::find(labels, row->label) == labels.end())
            labels.emplace_back(row->label);
    return join(labels, ",");
}

std::string_view usual_algorithm(KeyKind kind)
{
    auto plain = key_type(kind).plain_kind;
    return plain == KeyKind::rsa ? "rsa-sha2-512" : key_type(plain).name;
}

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
