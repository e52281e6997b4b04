// The full name of a host that was typed short: CanonicalizeHostname, CanonicalDomains, CanonicalizeMaxDots,
// CanonicalizeFallbackLocal, CanonicalizePermittedCNAMEs.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "config/client_options.h"
#include "os/resolve.h"

namespace nacre {

// Asks the system's resolver, for the canonical name too; a fake one in tests.
using LookUp = std::function<Result<Resolved>(const std::string& host)>;
LookUp system_look_up(const ClientOptions& options);

// What `options.host_name` (in lower case, HostName applied) is to be called.  Names that a proxy looks up are left to
// it unless CanonicalizeHostname is "always".  The error is the sentence to show.
Result<std::string> canonical_name(const ClientOptions& options, const LookUp& look_up, Log& log);

} // namespace nacre
