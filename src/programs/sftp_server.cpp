// sftp-server: serves files on its standard input and output; sshd starts it as the subsystem "sftp".
#include <fmt/format.h>
#include <unistd.h>

#include "os/environment.h"
#include "os/fd.h"
#include "os/memory.h"
#include "os/user.h"
#include "runtime/sftp_server/serve.h"

int main(int argc, char** argv)
{
    nacre::say_if_memory_runs_out();
    if (!nacre::ensure_standard_streams())
        return 255;
    auto user = nacre::current_user();
    if (!user) {
        auto line = fmt::format("No user found for uid {}\n", nacre::real_uid());
        (void)nacre::write_all(2, nacre::as_bytes(line));
        return 255;
    }
    auto person = nacre::sftp::person_from(nacre::Environment::of_this_process(), user->name, user->home);
    return nacre::sftp::run_sftp_server("sftp-server", {argv + 1, argv + argc}, person);
}
