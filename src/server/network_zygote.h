// PRIVILEGED: sshd-net before it is anybody's.  Started once for many connections and copied for each (fork), so that what a
// program costs until it can serve is paid once; it hears no stranger.
//
// It takes part in a connection no more than this: it tells the monitor how its copy ended, and ends a copy whose
// monitor is gone.
#pragma once

#include <poll.h>

#include <optional>
#include <vector>

#include "base/time.h"
#include "os/process.h"
#include "server/message_socket.h"

namespace nacre {

class NetworkZygote {
public:
    // What a copy has: no descriptor besides these and 0, 1 and 2.
    struct Inheritance {
        MessageSocket monitor;
        Fd moduli;                                                // or none
        int parent = 0;                                           // the zygote's process number
    };

    // `orders`: MakeNetworkProcess.
    explicit NetworkZygote(MessageSocket orders) : orders_(std::move(orders)) {}

    // Comes back in each copy; and in the zygote, with nothing, once nobody can order another and the last copy has ended.
    Result<std::optional<Inheritance>> run();

private:
    struct Copy {
        Child process;
        MessageSocket monitor;                                    // the copy's end
        Fd monitor_process;                                       // its pidfd: what it has started may hold its socket for longer
        std::optional<TimePoint> must_end{};                      // set once its monitor has hung up, or has ended
        bool overdue = false;                                     // it has not
    };

    std::vector<pollfd> wait_for_news() const;
    Result<std::optional<Inheritance>> take_order();
    bool is_over(Copy& copy, bool has_ended, bool is_left);

    MessageSocket orders_;
    std::vector<Copy> copies_;
};

} // namespace nacre
