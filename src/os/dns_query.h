// A question to the name servers of this machine for records that getaddrinfo(3) does not know.
#pragma once

#include <cstdint>
#include <future>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

// The server's answer as it came (RFC 1035 §4.1); empty: the name has no such record, or does not exist.  DNSSEC is
// asked for.  Whether the answer's AD bit survives is said by resolv.conf(5): only with "options trust-ad" does the C
// library believe that the way to the server is safe.
// Blocks.
Result<ByteVector> query_dns(const std::string& name, std::uint16_t type);

// The same in a thread of its own, or, where there can be none, when the answer is fetched.  Whoever lets go of the future
// does not wait for the thread.
std::future<Result<ByteVector>> query_dns_in_background(std::string name, std::uint16_t type);

} // namespace nacre
