// PRIVILEGED: sshd-session before it is anybody's monitor.
#include "server/privileged/monitor_zygote.h"

#include <optional>
#include <utility>

#include "base/text.h"
#include "os/process.h"
#include "os/user.h"
#include "server/privileged/listener_orders.h"
#include "server/startup.h"

namespace nacre {
namespace {

// Libraries that libc finds users and groups with (nsswitch.conf(5)) are loaded before the copies are made, not by each.
void load_name_services()
{
    if (auto user = current_user())
        (void)group_ids_of(*user);
}

} // namespace

Result<bool> MonitorZygote::run(ReceivedMessage first)
{
    load_name_services();
    std::optional<ReceivedMessage> order{std::move(first)};
    while (order) {
        auto is_copy = TRY(make_copy(*std::move(order)));
        if (is_copy)
            return true;
        order = TRY(wait_for_order(listener_, needed_));
    }
    return false;
}

// True: this is the copy, and the listener's socket is its own.
Result<bool> MonitorZygote::make_copy(ReceivedMessage order)
{
    TRY(decode<MakeMonitor>(order.payload));
    if (order.fds.size() != 1)
        return bad_input("an order for a session without its socket");
    auto pid = fork_sibling();
    if (pid && *pid == 0) {
        listener_ = MessageSocket{std::move(order.fds.front())};
        return true;
    }
    if (!pid)
        log_.error("sshd-session cannot be copied now: {}", printable(pid.error().what));
    (void)listener_.send(MonitorMade{pid ? static_cast<std::uint32_t>(*pid) : 0});   // where it has gone, no order follows
    return false;
}

} // namespace nacre
