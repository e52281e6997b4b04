// The process that an agent was started for: told when it has ended.
//
// Not by PR_SET_PDEATHSIG, which means the thread that has made us: a program may outlive that one.
#pragma once

#include <functional>
#include <memory>

#include "os/event_loop.h"
#include "os/fd.h"

namespace nacre::agent_tool {

class ServedProcess {
public:
    // Our parent, or who was it: `ended` comes by the loop, also where it has ended before.
    ServedProcess(EventLoop& loop, int pid, std::function<void()> ended);
    ServedProcess(const ServedProcess&) = delete;
    ServedProcess& operator=(const ServedProcess&) = delete;

private:
    void look();

    EventLoop& loop_;
    int pid_;
    std::function<void()> ended_;
    Fd pidfd_;                                                    // none before Linux 5.3, or where a filter forbids it
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<Timer> next_look_;
};

} // namespace nacre::agent_tool
