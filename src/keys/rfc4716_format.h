// RFC 4716: "The Secure Shell (SSH) Public Key File Format"; also ssh.com's private keys, which share its frame.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keys/key_file.h"

namespace nacre {

bool is_ssh_com_private_file(Bytes file);

Result<PublicKeyFile> parse_rfc4716_key(Bytes file);              // line ends of any kind
std::string write_rfc4716_key(const PublicKey& key, std::string_view comment);

Result<PrivateKeyFile> parse_ssh_com_key(Bytes file);             // RSA without a passphrase

} // namespace nacre
