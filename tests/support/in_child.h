// What a piece of code does in a process of its own, which it may confine, rob of its rights or break.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace nacre::test {

// Runs `body` in a forked child.  0…255: what it returned; 1000 + n: killed by signal n.
template <class Body>
int in_child(Body body)
{
    std::fflush(nullptr);                                         // the thread sanitizer's _exit() would write it once more
    auto pid = ::fork();
    if (pid == 0)
        ::_exit(body());
    int raw = 0;
    ::waitpid(pid, &raw, 0);
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : 1000 + WTERMSIG(raw);
}

} // namespace nacre::test
