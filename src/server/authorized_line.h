// Whether one line of authorized_keys, or of a file of principals, lets this key in from this connection now (sshd(8)).
//
// For a certificate the line is about its authority, and what either forbids is forbidden.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "crypto/hash.h"
#include "keys/authorized_keys.h"
#include "keys/certificate.h"
#include "server/connection_info.h"
#include "server/file_lines.h"

namespace nacre {

struct KeyPermission {
    KeyOptions options;
    std::string place;                                            // "/home/u/.ssh/authorized_keys:3"
};

struct LineCheck {
    const PublicKey& key;
    const ConnectionInfo& connection;
    std::string user;                                             // for log lines, and the name in certificates
    WallClock now;
    const Certificate* certificate = nullptr;                     // what the key says, if it is one
    std::string_view authority_algorithms = {};                   // CASignatureAlgorithms
    std::uint32_t minimum_rsa_bits = 0;
    // On lines of authorized_keys that name no principals themselves.
    WithoutPrincipals without_principals = WithoutPrincipals::nobodys;
    HashKind fingerprint_hash = HashKind::sha256;                 // in log lines
};

// Nothing: the line is about something else, or does not allow it; why is in the log.
std::optional<KeyOptions> options_of_line(std::string_view line, std::string_view place, const LineCheck& check, Log& log);

// The first line of a file that lets the key in.
std::optional<KeyPermission> search_authorized_keys(const FileLines& lines, const LineCheck& check, Log& log);

// AuthorizedPrincipalsFile: "[options] name" on each line; the first whose name the certificate has and that lets it in.
std::optional<KeyPermission> search_principals(const FileLines& lines, const LineCheck& check, Log& log);

// A certificate by an authority that is trusted as it is, under one of these names.
std::optional<KeyOptions> options_with_certificate(const KeyOptions& options, std::span<const std::string> names,
                                                   const LineCheck& check, Log& log,
                                                   WithoutPrincipals without = WithoutPrincipals::nobodys);

// Of two keys that both were needed for one login (AuthenticationMethods publickey,publickey): what either forbids is
// forbidden.  Nothing: they contradict each other.
std::optional<KeyOptions> restricted_by_both(const KeyOptions& first, const KeyOptions& second);

// For who must choose a new password before anything else: a terminal to do so, and nothing beside it.
KeyOptions terminal_alone();

} // namespace nacre
