// PRIVILEGED: linked into sshd-session alone.  Who is and was logged in: utmp, wtmp, btmp, lastlog.
//
// A missing file is no error: a system that wants no such record has none.  What can be written is; the error is the
// first file's that could not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/socket.h"

namespace nacre {

struct LoginRecord {
    std::string user{};
    std::uint32_t uid = 0;
    std::int32_t pid = 0;
    std::string terminal{};                                       // "/dev/pts/3"; empty: no terminal
    std::string host{};                                           // name or numeric address
    std::optional<SocketAddress> address{};
    std::int64_t when = 0;                                        // seconds since 1970
};

struct LastLogin {
    std::int64_t when = 0;
    std::string terminal{};
    std::string host{};
};

struct LoginFiles {
    std::string utmp = "/var/run/utmp";
    std::string wtmp = "/var/log/wtmp";
    std::string btmp = "/var/log/btmp";
    std::string lastlog = "/var/log/lastlog";
};

Result<void> record_login(const LoginRecord& record, const LoginFiles& files = {});
Result<void> record_logout(const LoginRecord& record, const LoginFiles& files = {});
Result<void> record_failed_login(const LoginRecord& record, const LoginFiles& files = {});
Result<std::optional<LastLogin>> last_login(std::uint32_t uid, const LoginFiles& files = {});

} // namespace nacre
