#include "os/print.h"

#include <cerrno>

#include "os/system_error.h"

namespace nacre {

void write_text(std::FILE* stream, std::string_view text) { std::fwrite(text.data(), 1, text.size(), stream); }

int with_whole_output(int status, int failure)
{
    errno = 0;
    bool whole = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (whole)
        return status;
    say(stderr, "standard output: {}\n", errno == 0 ? "not everything could be written" : os_error_text(errno));
    return status == 0 ? failure : status;
}

} // namespace nacre
