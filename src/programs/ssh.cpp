// ssh: the client.
#include <string>
#include <vector>

#include "client/ssh.h"

int main(int argc, char** argv)
{
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return nacre::run_ssh(arguments);
}
