// Certificates of OpenSSH's kind: a key, what it may be used for, and an authority's signature over both.
//
// A Certificate is made once, by parse_certificate(), and its signature has been verified then.
// What it is good for is a second question: evaluate() answers with a reason, or with what is
// still allowed.  Names are compared one by one as whole strings; lists are never joined.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/random.h"
#include "keys/authorized_keys.h"
#include "keys/public_key.h"

namespace nacre {

enum class CertificateRole : std::uint32_t { user = 1, host = 2 };   // whom it is for

struct CertificateOption {                                        // critical, or an extension
    std::string name;
    std::string contents;                                         // as encoded: empty for flags, else one string inside

    friend bool operator==(const CertificateOption&, const CertificateOption&) = default;
};

// What the options of known names contain.  Flags contain nothing.
CertificateOption certificate_flag(std::string_view name);
// The same of an option with a value.
CertificateOption certificate_value(std::string_view name, std::string_view value);
// The value inside; nothing if the contents are not exactly one string.
std::optional<std::string_view> value_of(const CertificateOption& option);

inline constexpr std::uint64_t certificate_forever = std::numeric_limits<std::uint64_t>::max();   // valid_before: no end
inline constexpr std::size_t most_certificate_principals = 256;   // more are refused

// What an authority vouches for.
struct CertificateTerms {
    std::uint64_t serial = 0;
    CertificateRole role = CertificateRole::user;
    std::string key_id;
    std::vector<std::string> principals;
    std::uint64_t valid_after = 0;                                // seconds since 1970
    std::uint64_t valid_before = certificate_forever;
    std::vector<CertificateOption> critical_options;
    std::vector<CertificateOption> extensions;
};

struct Certificate {                                              // one that is genuine
    PublicKey key;                                                // plain
    PublicKey authority;                                          // plain
    CertificateTerms terms;
    std::string signature_algorithm;                              // with which the authority signed
};

// Refuses: keys that are no certificates, wrong signatures, authorities that are certificates themselves, unknown roles,
// NUL in a name, options that occur twice.
Result<Certificate> parse_certificate(const PublicKey& key);

// Whose a certificate is that names no principal (AllowCertificatesWithoutPrincipals).
enum class WithoutPrincipals : std::uint8_t { nobodys, anybodys };

// What somebody wants to use a certificate for.
struct CertificateUse {
    CertificateRole role = CertificateRole::user;
    // One of these must be among the principals.  The principals of hosts may be patterns.
    std::span<const std::string> names;
    std::uint64_t now = 0;                                        // seconds since 1970
    std::string_view authority_algorithms;                        // CASignatureAlgorithms
    std::string_view address;                                     // the client's, for source-address
    std::uint32_t minimum_rsa_bits = 0;                           // of either key
    WithoutPrincipals without_principals = WithoutPrincipals::nobodys;
};

// The reason to refuse, or what is left of all that could be allowed.
Result<KeyOptions> evaluate(const Certificate& certificate, const CertificateUse& use);

// The part of it that does not depend on what a login is for: role, authority, time and name.
Result<void> check_validity(const Certificate& certificate, const CertificateUse& use);
bool has_unknown_critical_option(const CertificateTerms& terms);  // of either role

// Neither expired nor not valid yet.
bool is_valid_at(const CertificateTerms& terms, std::uint64_t now);

// Making

// Signs with the authority's key.
using CertificateSigner = std::function<Result<ByteVector>(std::string_view algorithm, Bytes data)>;

// RSA authorities sign with SHA-512 if nothing else is asked for.
std::string_view default_authority_algorithm(const PublicKey& authority);

// Sorts the options by name, as the format asks.  The result has been parsed and verified.
Result<PublicKey> issue_certificate(const PublicKey& subject, CertificateTerms terms, const PublicKey& authority,
                                    std::string_view algorithm, Random& random, const CertificateSigner& signer);

} // namespace nacre
