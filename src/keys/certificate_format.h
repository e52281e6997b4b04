// Inside keys/ only: the bytes of a certificate (OpenSSH's PROTOCOL.certkeys; see PROTOCOL.md), as views.
//
// Reading checks the form and nothing else: no signature, no clock.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keys/key_types.h"
#include "wire/fields.h"

namespace nacre {

// What lies between the key's own fields and the signature.
struct CertificateBody {
    std::uint64_t serial = 0;
    std::uint32_t role = 0;
    std::string_view key_id;
    Bytes principals;                                             // strings
    std::uint64_t valid_after = 0;
    std::uint64_t valid_before = 0;
    Bytes critical_options;                                       // pairs of strings
    Bytes extensions;
    Bytes reserved;
    Bytes authority;                                              // a public key's blob
    static constexpr std::string_view name = "certificate";
    using fields =
        Fields<&CertificateBody::serial, &CertificateBody::role, &CertificateBody::key_id, &CertificateBody::principals,
               &CertificateBody::valid_after, &CertificateBody::valid_before, &CertificateBody::critical_options,
               &CertificateBody::extensions, &CertificateBody::reserved, &CertificateBody::authority>;
};

struct CertificateParts {
    Bytes key_fields;                                             // as in the plain key's blob, behind its type
    std::uint32_t bits = 0;
    CertificateBody body;
    Bytes signature;
};

// Takes what follows the type name.
Result<CertificateParts> read_certificate_parts(const KeyTypeRow& type, Reader& in);

// The plain key's blob inside a certificate that has been read before.
ByteVector plain_blob_of_certificate(const KeyTypeRow& type, Bytes blob);

} // namespace nacre
