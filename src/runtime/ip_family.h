// AddressFamily as the configuration says it, in the terms of sockets: config/ knows no sockets, os/ no configuration.
#pragma once

#include "config/option_types.h"
#include "os/socket.h"

namespace nacre {

inline IpFamily ip_family(AddressFamily family)
{
    switch (family) {
    case AddressFamily::inet:
        return IpFamily::v4;
    case AddressFamily::inet6:
        return IpFamily::v6;
    case AddressFamily::any:
        break;
    }
    return IpFamily::any;
}

} // namespace nacre
