// PEM files, through libcrypto: PKCS #1 and SEC 1 (also with the old "DEK-Info" encryption), PKCS #8 plain and
// encrypted, and public keys as PKCS #1 or SubjectPublicKeyInfo.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "keys/key_file.h"

namespace nacre {

Result<PrivateKeyFile> parse_pem_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit);
// KeyFileForm::pem or pkcs8; encrypted with AES-128-CBC (old form) or AES-256-CBC and PBKDF2 (PKCS #8).
Result<SecretBytes> write_pem_key(const PrivateKey& key, std::string_view passphrase, KeyFileForm form);

Result<PublicKey> parse_pem_public_key(Bytes file);               // "BEGIN PUBLIC KEY" or "BEGIN RSA PUBLIC KEY"
// pem: "RSA PUBLIC KEY" for RSA and SubjectPublicKeyInfo for ECDSA, as OpenSSH writes it; pkcs8: SubjectPublicKeyInfo.
Result<std::string> write_pem_public_key(const PublicKey& key, KeyFileForm form);

} // namespace nacre
