// Names to addresses and back.  Lookups block.
//
// An error's sentence is the resolver's own text ("Name or service not known"); the caller says
// which name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/socket.h"

namespace nacre {

struct ResolveRequest {
    std::string host{};                                           // empty: the wildcards for_listening, else no host
    std::uint16_t port = 0;
    IpFamily family = IpFamily::any;
    bool for_listening = false;
    bool numeric_only = false;                                    // no lookup
    bool want_canonical_name = false;
};

struct Resolved {
    std::vector<SocketAddress> addresses{};                       // never empty
    std::string canonical_name{};
};

Result<Resolved> resolve(const ResolveRequest& request);

// The name of an address, if its name leads back to it; else nothing (UseDNS).
std::optional<std::string> confirmed_name(const SocketAddress& address);

std::optional<std::uint16_t> service_port(const std::string& name);   // "ssh" is 22, also decimal numbers
std::string own_host_name();
// What this host is called where the connection leaves it: the name of its near address.  Of what is no connection over
// IP, or of an address without a name: own_host_name().
std::string name_of_near_end(int fd);

struct InterfaceAddress {
    std::string interface;
    SocketAddress address;                                        // port 0
};
Result<std::vector<InterfaceAddress>> interface_addresses();      // those that are up

} // namespace nacre
