// A key that can sign: its private half lies in a file, or an agent holds it.
#pragma once

#include <string>

#include "keys/certificate.h"
#include "tools/keygen/settings.h"

namespace nacre::keygen {

struct SigningKey {
    PublicKey key;                                                // what the file shows; may be a certificate
    CertificateSigner signer;
};

// `file` is a private key, or a public key or certificate: then its private half is in FILE without .pub or -cert.pub,
// or in the agent (only there with -U).  Where FILE cannot be read FILE.pub says which key.
Result<SigningKey> open_signing_key(const Settings& settings, const std::string& file);
// The agent signs if it has the key: then nobody is asked for a passphrase, and a confirmation is the agent's to ask for.
Result<SigningKey> open_signing_key_by_agent(const Settings& settings, const std::string& file);

} // namespace nacre::keygen
