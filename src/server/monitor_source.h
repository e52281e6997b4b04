// PRIVILEGED: sshd itself.  Where the sshd-sessions of its connections come from.
//
// To execute one costs milliseconds and half a megabyte of its own: most of that is libcrypto's tables of addresses, and the
// same for all.  So one is executed as a zygote, and the others are copies of it (MakeMonitor), children of the listener like it.
// Copies have their addresses in common.  What somebody has learnt from one is of no use for long: the zygote is
// replaced after so many copies, after a while, and at once where a process of a connection has crashed (renew()) or the
// system has been upgraded under it (outdated_by()).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/time.h"
#include "os/process.h"
#include "server/helper_programs.h"
#include "server/message_socket.h"
#include "server/watched_files.h"

namespace nacre {

// It waits for its one connection.
struct MonitorProcess {
    Child process;
    MessageSocket control;
    int zygote = 0;                                               // what it is a copy of; 0: it was executed
};

class MonitorSource {
public:
    // `startup`: what write_startup() made.
    MonitorSource(HelperPrograms programs, Fd startup);

    // Of children, from now on: the soft limit of open files.
    void limit_open_files(std::uint64_t limit) { open_files_ = limit; }

    // For somebody who waits: a copy, where it is made within a moment.
    Result<MonitorProcess> make(TimePoint now, Log& log);
    // For whoever comes next.  Nothing: the copy is still being made, ask again.
    Result<std::optional<MonitorProcess>> make_ahead(TimePoint now, Log& log);
    Result<MonitorProcess> make_dependent() const;                // it dies with this process; executed

    void renew() { zygote_.reset(); }                             // it ends once its copies have
    // What a zygote has loaded is not what it would load now: the file because of which it should be renewed.
    std::optional<std::string> outdated_by(TimePoint now) { return loaded_.changed(now); }

    static constexpr std::uint32_t most_copies = 128;             // of one zygote
    static constexpr std::chrono::minutes longest_use{60};

private:
    enum class Lives { as_long_as_it_likes, with_us };
    struct Order {
        MessageSocket control;                                    // of the copy
        TimePoint given;
    };
    struct Zygote {
        MonitorProcess process;
        TimePoint began;
        std::uint32_t copies = 0;
        std::optional<Order> order{};                             // not answered yet
    };

    Result<MonitorProcess> execute(Lives lives) const;
    Result<std::optional<MonitorProcess>> copy(TimePoint now);

    HelperPrograms programs_;
    Fd startup_;
    Fd search_times_;                                             // outlives each zygote
    WatchedFiles loaded_;
    std::optional<std::uint64_t> open_files_;
    std::optional<Zygote> zygote_;
    TimePoint no_copies_before_{};                                // after trouble with one; they are executed meanwhile
};

} // namespace nacre
