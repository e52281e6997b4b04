// What the monitor orders sshd-user to do for forwardings, and what sshd-user reports.
//
// Policy is decided before an order is given.  `id` is the monitor's number for a connection or a listener.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "server/forwarding_questions.h"
#include "wire/fields.h"

namespace nacre {

// ---- monitor → sshd-user -----------------------------------------------------------------

// → Connected
struct ConnectTcp {
    static constexpr std::string_view name = "connect-tcp";
    static constexpr MessageNumber number{4};
    std::uint32_t id = 0;
    std::string host;
    std::uint32_t port = 0;
    IpFamily family{};
    using fields = Fields<&ConnectTcp::id, &ConnectTcp::host, &ConnectTcp::port, &ConnectTcp::family>;
};

// → Connected
struct ConnectUnix {
    static constexpr std::string_view name = "connect-unix";
    static constexpr MessageNumber number{5};
    std::uint32_t id = 0;
    std::string path;
    using fields = Fields<&ConnectUnix::id, &ConnectUnix::path>;
};

// → Connected.  As the user: the kernel decides which interfaces are his.
struct OpenTunnelDevice {
    static constexpr std::string_view name = "open-tunnel-device";
    static constexpr MessageNumber number{6};
    std::uint32_t id = 0;
    bool ethernet = false;
    bool any_unit = false;
    std::uint32_t unit = 0;
    using fields = Fields<&OpenTunnelDevice::id, &OpenTunnelDevice::ethernet, &OpenTunnelDevice::any_unit,
                          &OpenTunnelDevice::unit>;
};

// → Listening
struct ListenTcp {
    static constexpr std::string_view name = "listen-tcp";
    static constexpr MessageNumber number{7};
    std::uint32_t id = 0;
    std::string host;                                             // empty: every address; "localhost": the loopbacks
    std::uint32_t port = 0;
    IpFamily family{};
    using fields = Fields<&ListenTcp::id, &ListenTcp::host, &ListenTcp::port, &ListenTcp::family>;
};

// → Listening
struct ListenUnix {
    static constexpr std::string_view name = "listen-unix";
    static constexpr MessageNumber number{8};
    std::uint32_t id = 0;
    std::string path;
    std::uint32_t mask = 0177;
    bool unlink_first = false;
    using fields = Fields<&ListenUnix::id, &ListenUnix::path, &ListenUnix::mask, &ListenUnix::unlink_first>;
};

// A socket in a directory of its own.  → Listening
struct ListenAgent {
    static constexpr std::string_view name = "listen-agent";
    static constexpr MessageNumber number{9};
    std::uint32_t id = 0;
    using fields = Fields<&ListenAgent::id>;
};

// The first free display.  → Listening
struct ListenDisplay {
    static constexpr std::string_view name = "listen-display";
    static constexpr MessageNumber number{10};
    std::uint32_t id = 0;
    std::uint32_t first_display = 10;
    bool loopback_only = true;
    bool single_connection = false;
    std::uint32_t screen = 0;
    IpFamily family{};
    using fields = Fields<&ListenDisplay::id, &ListenDisplay::first_display, &ListenDisplay::loopback_only,
                          &ListenDisplay::single_connection, &ListenDisplay::screen, &ListenDisplay::family>;
};

struct StopListening {
    static constexpr std::string_view name = "stop-listening";
    static constexpr MessageNumber number{11};
    std::uint32_t id = 0;
    using fields = Fields<&StopListening::id>;
};

// One Arrived of that listener's has been dealt with: another connection may be accepted.
struct AcceptAnother {
    static constexpr std::string_view name = "accept-another";
    static constexpr MessageNumber number{12};
    std::uint32_t id = 0;
    using fields = Fields<&AcceptAnother::id>;
};

// ---- sshd-user → monitor -----------------------------------------------------------------

// With one descriptor where there is no problem.
struct Connected {
    static constexpr std::string_view name = "connected";
    static constexpr MessageNumber number{23};
    std::uint32_t id = 0;
    std::string_view problem;                                     // empty: it is made
    using fields = Fields<&Connected::id, &Connected::problem>;
};

struct Listening {
    static constexpr std::string_view name = "listening";
    static constexpr MessageNumber number{24};
    std::uint32_t id = 0;
    std::string_view problem;                                     // empty: it listens
    std::uint32_t port = 0;
    std::string_view place;                                       // of an agent or display: as programs are told
    using fields = Fields<&Listening::id, &Listening::problem, &Listening::port, &Listening::place>;
};

// With the descriptor.
struct Arrived {
    static constexpr std::string_view name = "arrived";
    static constexpr MessageNumber number{25};
    std::uint32_t id = 0;                                         // of the listener
    std::string_view originator_address;
    std::uint32_t originator_port = 0;
    using fields = Fields<&Arrived::id, &Arrived::originator_address, &Arrived::originator_port>;
};

} // namespace nacre
