// What a client remembers of a server to greet it quickly next time: a line per host in a file beside known_hosts.
//
//     host kex=NAME[,NAME]… host-key=NAME channel=N [ext-info] [more] [slowly] [other-key] [login=|1|SALT|HASH[,quiet]]…
//
// Hosts are named as in known_hosts, hashed if the person wants that.  Who logged in, with which key, and which others
// had been offered before it, is always hashed: somebody who reads the file can check a guess, as with a hashed host, and
// learns nothing else.  Nothing here decides what is trusted or agreed on; a wrong memory costs time only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "crypto/random.h"
#include "transport/proposal.h"

namespace nacre {

struct HostMemory {
    std::string kex_methods;                                      // the server's, as known_kex_methods() has them
    std::string first_host_key_algorithm;                         // of the server's list
    std::uint32_t first_channel = 0;                              // the server's number for our first session
    bool sends_ext_info = false;
    bool key_sufficed = true;                                     // the last login took no more than a key
    bool takes_haste = true;                                      // false: it hung up on what came early
    bool first_key_serves = true;                                 // false: asked for its first kind of host key, it went wrong
    struct Login {
        std::string who;                                          // hashed
        bool quiet = false;                                       // signing needed nobody
        bool operator==(const Login&) const = default;
    };
    std::vector<Login> logins;                                    // newest first
    static constexpr std::size_t most_logins = 4;

    bool operator==(const HostMemory&) const = default;

    // `keys`: a key's name behind those of the ones that are offered before it.
    const Login* login_of(std::string_view user, std::string_view keys) const;
    // It is the newest one now.  True if anything has changed.
    bool remember_login(std::string_view user, std::string_view keys, bool quiet, Random& random);
    void forget_login(std::string_view user, std::string_view keys);
};

// The whole file.
class ConnectionMemory {
public:
    static constexpr std::size_t most_hosts = 500;                // of which the oldest are forgotten
    static constexpr std::size_t largest_file = 1024 * 1024;      // bytes; a larger one is not ours

    // Lines that make no sense are left out.
    static ConnectionMemory parse(std::string_view text, Log& log);
    std::string text() const;

    const HostMemory* find(std::string_view host) const;          // host: as host_name_in_file() makes it
    // In place of what was there.
    void remember(std::string_view host, HostMemory memory, bool hashed, Random& random);

private:
    struct Entry {
        std::string host;                                         // as written
        HostMemory memory;
        bool is_of(std::string_view name) const;
    };
    std::vector<Entry> entries_;                                  // the newest last
};

// The key exchange whose first message may leave before the server's KEXINIT has come; empty: none.  It is the one that
// the server has in front, provided that `ours`, a list, leads to it in any case, and that it does not matter for the
// message what else will be agreed on.
std::string_view kex_to_guess(std::string_view ours, const HostMemory& memory);

} // namespace nacre
