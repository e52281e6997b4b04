// KnownHostsCommand: a program that prints lines of known_hosts.
#pragma once

#include <string>

#include "base/log.h"
#include "client/configuration.h"
#include "keys/public_key.h"

namespace nacre {

// Why it runs (%I): to order our offer before there is a key, or to judge the one that was shown by the host's name, or
// by its address (CheckHostIP).
enum class KnownHostsPurpose { order, host_name, address };

// What the program prints; empty if there is none.  It runs without a shell: words of the configuration, each with its
// tokens replaced, are its arguments.  `name` as files have it (%H); `key` null for `order`.
Result<std::string> run_known_hosts_command(const Configuration& configuration, KnownHostsPurpose purpose,
                                            const std::string& name, const PublicKey* key);

} // namespace nacre
