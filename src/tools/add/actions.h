// What ssh-add can do; each returns the exit status.
#pragma once

#include "base/result.h"
#include "runtime/agent_link.h"
#include "tools/add/settings.h"

namespace nacre::add_tool {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_no_agent = 2;
inline constexpr int exit_wrong_value = 255;

Result<int> add_keys(const Settings& settings, AgentLink& agent);
Result<int> add_resident_keys(const Settings& settings, AgentLink& agent);   // -K
Result<int> remove_keys(const Settings& settings, AgentLink& agent);
Result<int> remove_all_keys(const Settings& settings, AgentLink& agent);
Result<int> list_fingerprints(const Settings& settings, AgentLink& agent);
Result<int> list_public_keys(const Settings& settings, AgentLink& agent);
Result<int> query_extensions(const Settings& settings, AgentLink& agent);
Result<int> test_keys(const Settings& settings, AgentLink& agent);
Result<int> lock_agent(const Settings& settings, AgentLink& agent);
Result<int> unlock_agent(const Settings& settings, AgentLink& agent);
Result<int> add_provider(const Settings& settings, AgentLink& agent);
Result<int> remove_provider(const Settings& settings, AgentLink& agent);

} // namespace nacre::add_tool
