// Certificates to offer beside the keys that they are about: CertificateFile, or FILE-cert.pub of each IdentityFile; and
// FILE.pub where that is a certificate.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "client/configuration.h"
#include "keys/public_key.h"

namespace nacre {

struct OwnCertificate {
    std::string path;
    PublicKey certificate;
};

// In the order in which they are offered; what is no user's certificate, or not valid now, is left out.
std::vector<OwnCertificate> load_certificates(const Configuration& configuration, Log& log);

} // namespace nacre
