// What the command line of ssh-add asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/constraints.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/hash.h"

namespace nacre::add_tool {

struct Settings {
    // Which action: the first of the table in add.cpp whose flag is set; without any, keys are added.
    bool list = false;                                            // -l
    bool list_keys = false;                                       // -L
    bool query = false;                                           // -Q
    bool lock = false;                                            // -x
    bool unlock = false;                                          // -X
    bool remove_all = false;                                      // -D
    bool remove = false;                                          // -d
    bool test = false;                                            // -T
    bool resident = false;                                        // -K
    std::string token_library;                                    // -S; empty: by the environment
    bool certificates_only = false;                               // -C

    std::string provider_to_add;                                  // -s
    std::string provider_to_remove;                               // -e
    agent::Constraints constraints;                               // -c, -t, and -h once the hosts' keys are known
    std::vector<std::string> destinations;                        // -h, as written
    std::vector<std::string> known_hosts;                         // -H
    bool plain_only = false;                                      // -k
    bool certificates_stay = false;                               // -N
    bool quiet = false;                                           // -q
    unsigned verbosity = 0;                                       // -v
    HashKind fingerprint_hash = HashKind::sha256;                 // -E
    bool help = false;
    std::vector<std::string> files;
};

// A usage error is a Settings with `help`.
Result<Settings> parse_arguments(int count, char** arguments);
std::string_view usage();

} // namespace nacre::add_tool
