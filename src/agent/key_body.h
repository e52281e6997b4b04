// Keys as the agent's "add" carries them (draft-ietf-sshm-ssh-agent §3.2.1–§3.2.5; certificates: PROTOCOL.agent).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keys/private_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre::agent {

struct OfferedKey {
    ByteVector blob;                                              // the public key, or the certificate
    PrivateKey key;
    std::string comment;
};

bool is_certificate_type(std::string_view key_type);
// Of a key blob; empty if there is none.
std::string_view type_of_blob(Bytes blob);

// Takes type, fields and comment off `in`; what is left are constraints.
Result<OfferedKey> read_offered_key(Reader& in);
void write_offered_key(Writer out, const PrivateKey& key, std::string_view comment);
// With a certificate about that key.
Result<void> write_offered_certificate(Writer out, Bytes certificate, const PrivateKey& key, std::string_view comment);

// §3.6.1: what a plain key signs with by a request's flags, which mean nothing for keys other than RSA.
std::string_view signing_algorithm(const PublicKey& key, std::uint32_t flags);

} // namespace nacre::agent
