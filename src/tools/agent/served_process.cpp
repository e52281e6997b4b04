#include "tools/agent/served_process.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace nacre::agent_tool {

ServedProcess::ServedProcess(EventLoop& loop, int pid, std::function<void()> ended)
    : loop_(loop), pid_(pid), ended_(std::move(ended)), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))
{
    // Still our parent: so the descriptor is of it, and not of another with its number.
    if (pidfd_ && ::getppid() == pid_)
        watch_ = loop_.watch(pidfd_.number(), {.readable = true, .writable = false}, [this](Ready) {
            watch_->set({});
            ended_();
        });
    else
        look();
}

void ServedProcess::look()
{
    bool is_there = ::getppid() == pid_;
    next_look_ = loop_.at(loop_.now() + std::chrono::seconds{is_there ? 1 : 0}, [this, is_there] {
        if (is_there)
            look();
        else
            ended_();
    });
}

} // namespace nacre::agent_tool
