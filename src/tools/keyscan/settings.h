// What the command line of ssh-keyscan asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "os/socket.h"

namespace nacre::keyscan {

struct Settings {
    IpFamily family = IpFamily::any;                              // -4, -6
    bool certificates = false;                                    // -c: certificates instead of plain keys
    bool dns_records = false;                                     // -D: SSHFP records instead of known_hosts lines
    bool hashed = false;                                          // -H
    bool quiet = false;                                           // -q: no comments
    unsigned verbosity = 0;                                       // -v
    bool help = false;
    std::vector<std::string> files;                               // -f; "-" is standard input
    std::optional<HashKind> dns_hash;                             // -O hashalg=; nothing: all
    std::uint16_t port = 22;                                      // -p
    Seconds patience{5};                                          // -T: for connecting, and for each next byte
    std::vector<std::string> types;                               // -t: "ed25519", …, each asked for on its own
    std::vector<std::string> hosts;
};

Result<Settings> parse_arguments(int count, char** arguments);
std::string_view usage();

// Of `types`, in the order of our preference: what to propose so that the server shows a key of this type.
std::string algorithms_for(std::string_view type, bool certificates);

} // namespace nacre::keyscan
