// ssh-agent: holds private keys and signs with them.
#include <unistd.h>

#include "os/fd.h"
#include "os/memory.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/signals.h"
#include "tools/agent/agent.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    bool has_output = nacre::is_open(STDOUT_FILENO);
    // Debian's openssh-client makes /usr/bin/ssh-agent set-group-ID, whoever's program it leads to.
    auto given_back = nacre::give_back_lent_group();
    nacre::expect_children();
    nacre::pass_on_ignored_signals();
    // No debugger, no core file: this is the process that must not be looked into.
    if (!nacre::ensure_standard_streams())
        return 1;
    auto untraced = nacre::forbid_tracing();
    for (auto* done : {&given_back, &untraced}) {
        if (!*done) {
            nacre::say(stderr, "ssh-agent: {}\n", done->error().what);
            return 1;
        }
    }
    return nacre::with_whole_output(nacre::run_agent(argc, argv, has_output), 1);
}
