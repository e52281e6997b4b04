// ssh: the client.
#include <string>
#include <vector>

#include "client/ssh.h"
#include "os/memory.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return nacre::run_ssh(arguments);
}
