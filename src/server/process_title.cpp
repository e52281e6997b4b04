#include "server/process_title.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nacre {

std::string name_with_title_room(std::string_view name)
{
    std::string room{name};
    room.resize(std::max(room.size(), longest_process_title), ' ');
    return room;
}

ProcessTitle::ProcessTitle(int argc, char** argv)
{
    if (argc == 0)
        return;
    room_ = {argv[0], std::strlen(argv[0])};
    // libc's names of the program, which PAM's modules give to syslog(3), point there.
    static char name[] = "sshd";
    program_invocation_name = program_invocation_short_name = name;
}

void ProcessTitle::set(std::string_view text)
{
    std::string title{"sshd: "};
    title += text;
    title.resize(room_.size(), '\0');                             // ps leaves out what is nothing
    std::ranges::copy(title, room_.begin());
}

} // namespace nacre
