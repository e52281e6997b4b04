// ssh-agent: holds private keys and signs with them.
#include "os/fd.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/signals.h"
#include "tools/agent/agent.h"

int main(int argc, char** argv)
{
    // Debian's openssh-client makes /usr/bin/ssh-agent set-group-ID, whoever's program it leads to.
    auto given_back = nacre::give_back_lent_group();
    nacre::expect_children();
    nacre::pass_on_ignored_signals();
    // No debugger, no core file: this is the process that must not be looked into.
    if (!nacre::ensure_standard_streams() || !nacre::forbid_tracing())
        return 1;
    if (!given_back) {
        nacre::say(stderr, "ssh-agent: {}\n", given_back.error().what);
        return 1;
    }
    return nacre::with_whole_output(nacre::run_agent(argc, argv), 1);
}
