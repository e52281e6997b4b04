// A TCP connection to the server itself: its name looked up, all its addresses tried.
//
// ConnectTimeout bounds the look-up of a name, and then each address, counted from the moment when it is tried, in each of
// the ConnectionAttempts; since addresses are tried beside each other, a round takes little longer than that, however many
// there are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "config/client_options.h"
#include "os/connect_race.h"
#include "os/resolve.h"

namespace nacre {

// For ssh --timeline.
struct ConnectTimes {
    TimePoint resolved, connected;
    std::size_t addresses = 0;                                    // of the host
    std::size_t failed = 0;                                       // attempts, before one succeeded
};

struct DirectConnection {
    Fd socket;
    SocketAddress peer;
    ConnectTimes times;
};

// ConnectTimeout, where there is one.
std::optional<Duration> patience_of(const ClientOptions& options);

// Waits.  The error is what to show, of several lines where several addresses failed.
Result<DirectConnection> connect_directly(const ClientOptions& options, std::optional<int> traffic_class, Log& log);

// BindInterface: the first address of that family which the interface has; one that is only of this machine or of the
// link where there is no other.
std::optional<SocketAddress> address_of_interface(std::span<const InterfaceAddress> all, std::string_view interface,
                                                  IpFamily family);

// "ssh: connect to host …" and, where there were several addresses, a line for each reason.
std::string describe_failures(const ClientOptions& options, std::span<const FailedConnect> failures);

} // namespace nacre
