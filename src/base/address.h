// Numeric IP addresses and networks as text, and lists of them as configuration files write them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/pattern.h"
#include "base/result.h"

namespace nacre {

enum class IpFamily : std::uint8_t { any, v4, v6 };               // which internet protocol

struct Address {                                                  // of a machine
    IpFamily family = IpFamily::v4;                               // v4 or v6
    std::array<std::uint8_t, 16> bytes{};                         // IPv4: the first four
    std::string scope;                                            // "eth0" of "fe80::1%eth0"

    friend bool operator==(const Address&, const Address&) = default;
};

// "192.0.2.1", "2001:db8::1", "fe80::1%eth0".  No brackets, no octal, no short forms of IPv4.
std::optional<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);                      // RFC 5952
Address without_mapping(const Address& address);                  // the IPv4 address inside; others as they are

struct Network {                                                  // all addresses that begin alike
    Address address;
    unsigned prefix = 0;
    bool contains(const Address& other) const;                    // scopes are not compared
};

// "10.0.0.0/8", or one address.  Nothing if it is neither; an error if the prefix is too long or does not cover all the
// bits that are set.
Result<std::optional<Network>> parse_network(std::string_view text);

// A comma list of networks, addresses and wildcard patterns, each possibly negated with "!" (Match Address, from=,
// AllowUsers).  `address` as text: one that is not numeric matches only patterns.  Malformed entries are errors.
Result<PatternMatch> match_address_list(std::string_view address, std::string_view list);
Result<void> check_address_list(std::string_view list);           // an error if an entry is malformed

// Such a list against a client's address and, where it is known, its name: either may fit, and a negated entry that
// fits either excludes.  A malformed list fits nobody.
bool matches_client_list(std::string_view address, std::string_view name, std::string_view list);

// A comma list of networks and addresses and nothing else (source-address of certificates).
Result<bool> match_network_list(std::string_view address, std::string_view list);

} // namespace nacre
