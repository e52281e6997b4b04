// `ssh --lint`, `sshd --lint`: what is wrong, useless or dangerous in configuration files, whatever the connection.
//
// The rules are rows of rules.h; line_rules, order_rules, algorithm_rules and the tables of client_lint and server_lint
// apply them.  No command runs and no file is read but the configuration; what the machine says to a server's is for
// server/server_lint.
#pragma once

#include <optional>
#include <string>

#include "config/lint/finding.h"
#include "config/sources.h"

namespace nacre::lint {

// Of `file` (-F), or the user's and the system's.
Findings lint_client(ConfigSources& sources, const std::optional<std::string>& file);
Findings lint_server(ConfigSources& sources, const std::string& file);

} // namespace nacre::lint
