// PRIVILEGED: sshd itself.  Its configuration, and what this machine has to say to it: asked at a start, by -t and by --lint.
#pragma once

#include <string>
#include <vector>

#include "config/server_config.h"
#include "config/sources.h"
#include "server/arguments.h"

namespace nacre {

// The arguments' options come first and win; -4 and -6 are options too.
ServerConfigReading read_server_configuration(ConfigSources& sources, const ServerArguments& arguments);

struct UnknownAddress {
    ListenAddress written;
    std::string why;
};

// ListenAddress in numbers, and those that do not exist, or have no address of the family: found out before anybody relies
// on them.
struct ListenAddresses {
    std::vector<ListenAddress> numeric;
    std::vector<UnknownAddress> unknown;
};
ListenAddresses look_up_listen_addresses(const ServerOptions& options);

// Whether sshd could serve on this machine at all.  Changes nothing.
Result<void> check_machine(const ServerOptions& options);

} // namespace nacre
