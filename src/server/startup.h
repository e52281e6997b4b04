// PRIVILEGED: what the listener hands to each monitor: configuration as it was read, host keys, log.
//
// Written once into sealed memory without a name; each sshd-session inherits a descriptor of it.
// So no connection sees a file that changed since the listener read it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "config/server_config.h"
#include "os/fd.h"
#include "server/host_keys.h"
#include "server/server_log.h"
#include "wire/fields.h"

namespace nacre {

struct Startup {
    ServerConfig config;
    OwnHostKeys host_keys;
    bool log_to_stderr = false;
    LogLevel log_level = LogLevel::info;
    std::string empty_directory;                                  // where sshd-net is confined to; empty: no chroot
    std::string helper_directory;                                 // where sftp-server and the like are
    std::string out_of_memory_score;                              // of before the listener took itself out; empty: as it is
    std::array<std::uint8_t, 32> timing_secret{};                 // makes the delay of failures constant per user
};

Result<Fd> write_startup(const Startup& startup);
Result<Startup> read_startup(int fd);

// Descriptors that sshd-session inherits, besides 0, 1, 2.
namespace session_fd {
inline constexpr int control = 3;                                 // to the listener
inline constexpr int startup = 4;
inline constexpr int network_program = 5;                         // sshd-net
inline constexpr int user_program = 6;                            // sshd-user
inline constexpr int search_times = 7;                            // memory for these
} // namespace session_fd

// The listener's to the zygote of sshd-session: one more, whose end of a control socket comes along.  → MonitorMade
struct MakeMonitor {
    static constexpr std::string_view name = "make-monitor";
    static constexpr MessageNumber number{9};
    using fields = Fields<>;
};

// It is a child of the listener's.
struct MonitorMade {
    static constexpr std::string_view name = "monitor-made";
    static constexpr MessageNumber number{10};
    std::uint32_t pid = 0;                                        // 0: there is none, and the log says why
    using fields = Fields<&MonitorMade::pid>;
};

// The listener's first and only message to a session, with one descriptor (a socket) or two (to read from, to write to).
struct ServeConnection {
    static constexpr std::string_view name = "serve-connection";
    static constexpr MessageNumber number{1};
    std::string id;                                               // in the log
    // As they were when it was accepted: a peer that has hung up since has none any more.  Of what did not come over IP empty.
    std::string source, local;
    std::uint32_t source_port = 0, local_port = 0;
    using fields = Fields<&ServeConnection::id, &ServeConnection::source, &ServeConnection::local, &ServeConnection::source_port,
                          &ServeConnection::local_port>;
};

// The monitor's: somebody is logged in, the connection no longer counts as one that has only begun.
struct LoginDone {
    static constexpr std::string_view name = "login-done";
    static constexpr MessageNumber number{2};
    using fields = Fields<>;
};

} // namespace nacre
