// Where an agent's socket is made, and the clearing away of sockets whose agents are gone.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "os/fd.h"
#include "tools/agent/settings.h"

namespace nacre::agent_tool {

// A listening socket that takes its files along when the agent ends.
class AgentSocket {
public:
    AgentSocket(AgentSocket&& other) noexcept;
    AgentSocket& operator=(AgentSocket&&) = delete;
    ~AgentSocket();

    // -a; -T: a new folder below $TMPDIR; else ~/.ssh/agent, and $TMPDIR where that is impossible.
    static Result<AgentSocket> create(const Settings& settings, Log& log);
    // LISTEN_FDS: somebody has made one for us.  Nothing: nobody has.
    static std::optional<AgentSocket> inherited();

    const std::string& path() const { return path_; }             // as told to others
    Fd take() { return std::move(socket_); }
    void leave() { to_remove_.clear(), folder_.clear(); }         // another process removes the files

private:
    AgentSocket() = default;

    Fd socket_;
    std::string path_;
    std::string to_remove_;                                       // absolute; empty: nothing
    std::string folder_;                                          // made for this socket alone
};

// Removes sockets in ~/.ssh/agent that nobody listens to.
void remove_stale_sockets(bool of_all_machines, Log& log);

} // namespace nacre::agent_tool
