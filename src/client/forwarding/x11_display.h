// DISPLAY, and the cookie that its X server wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/secret.h"
#include "base/time.h"
#include "config/client_options.h"
#include "crypto/random.h"
#include "runtime/connector.h"

namespace nacre {

struct X11Display {
    ConnectTarget target;
    std::uint32_t screen = 0;
    std::string for_xauth;                                        // as xauth lists it
};

// "host:0.1", ":0", "unix:0".  An error says what is wrong with it.
Result<X11Display> parse_display(std::string_view text);

// What is needed to let the server's programs use a display.
struct X11Access {
    X11Display display;
    std::string protocol;                                         // "MIT-MAGIC-COOKIE-1"
    SecretBytes real;                                             // what the X server knows
    SecretBytes fake;                                             // what the server's programs are told; of the same size
    std::optional<Seconds> lifetime;                              // of an untrusted cookie
};

// Runs xauth (XAuthLocation): with ForwardX11Trusted for the cookie there is, else for a new one of which the X server
// knows that it is not to be trusted.  Nothing, and a warning: X11 is not forwarded.
std::optional<X11Access> prepare_x11(const ClientOptions& options, Random& random, Log& log);

// One line of `xauth list`: "host/unix:0  MIT-MAGIC-COOKIE-1  0123…".
struct X11Cookie {
    std::string protocol;
    SecretBytes cookie;
};
std::optional<X11Cookie> parse_xauth_line(std::string_view line);

} // namespace nacre
