// allowed_signers files: whose signatures over messages count (ssh-keygen(1), ALLOWED SIGNERS).
//
// A line that cannot be understood allows nothing and is reported; the others still count.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keys/authorized_keys.h"
#include "keys/public_key.h"

namespace nacre {

struct AllowedSigner {                                            // one line
    std::string principals;                                       // patterns with commas
    bool cert_authority = false;
    std::optional<std::string> namespaces;                        // patterns with commas
    std::optional<CivilTime> valid_after, valid_before;
    PublicKey key;
};

// Nothing for blank lines and comments.
Result<std::optional<AllowedSigner>> parse_allowed_signers_line(std::string_view line);

// A signature that is right: whose could it be?
struct SignatureClaim {
    const PublicKey& key;                                         // that signed; may be a certificate
    std::optional<std::string_view> purpose;                      // nothing: any namespace (find-principals)
    WallClock at;
};

struct SignersAnswer {                                            // what a file says
    std::vector<std::string> principals;                          // who was found; as written, names or patterns
    std::vector<std::string> problems;                            // "line 3: …"
};

// Whether `principal` may have signed that: `principals` is empty if not.
SignersAnswer check_signer(std::string_view text, std::string_view principal, const SignatureClaim& claim);

// The principals of the first line that has the key; of a certificate, those that the line's patterns take.
SignersAnswer find_principals(std::string_view text, const SignatureClaim& claim);

// The principals of all lines that take this name.
SignersAnswer match_principals(std::string_view text, std::string_view principal);

} // namespace nacre
