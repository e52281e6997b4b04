// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/start_user_process.h"

#include "server/process_protocol.h"
#include "server/process_title.h"

namespace nacre {
namespace {

constexpr int user_process_fd = 3;

} // namespace

Result<Child> start_user_process(int program_fd, int socket)
{
    SpawnRequest request;
    request.program = "sshd-user";
    request.program_fd = program_fd;
    request.arguments = {name_with_title_room("sshd-user")};
    request.environment = helper_environment();
    request.input = request.output = request.error = null_stream;
    request.descriptors = {{socket, user_process_fd}};
    request.directory = "/";
    return spawn(request);
}

} // namespace nacre
