// What the command line of ssh-agent asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "tools/agent/libraries.h"

namespace nacre::agent_tool {

struct Settings {
    std::optional<bool> c_shell;                                  // -c: true, -s: false
    bool foreground = false;                                      // -D
    bool debug = false;                                           // -d
    bool kill = false;                                            // -k
    bool in_temporary_folder = false;                             // -T
    bool keep_stale_sockets = false;                              // -U
    unsigned clean_up = 0;                                        // -u: only that; twice: of all machines
    bool version = false;                                         // -V
    std::string libraries{Libraries::usual};                      // -P
    bool remote_clients_add_libraries = false;                    // -O allow-remote-pkcs11
    std::string free_applications = "ssh:*";                      // -O websafe-allow=; empty: no-restrict-websafe
    bool help = false;
    std::string socket;                                           // -a
    HashKind fingerprint_hash = HashKind::sha256;                 // -E
    std::optional<Seconds> lifetime;                              // -t
    std::vector<std::string> command;

    bool stays() const { return foreground || debug; }            // does not go to the background
    bool prints_c_shell() const;                                  // -c, -s, or by $SHELL
};

// A usage error is a Settings with `help`.
Result<Settings> parse_arguments(int count, char** arguments);
std::string_view usage();

} // namespace nacre::agent_tool
