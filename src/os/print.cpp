#include "os/print.h"

#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "os/environment.h"
#include "os/signals.h"
#include "os/system_error.h"

namespace nacre {
namespace {

bool only_ascii = false;
int why_not_whole = 0;                                            // standard output's first errno; stdio keeps none

void note_failure(std::FILE* stream)
{
    if (stream == stdout && why_not_whole == 0)
        why_not_whole = errno;
}

} // namespace

std::string for_people(std::string text)
{
    return locale_has_utf8(Environment::of_this_process()) ? text : in_ascii(text);
}

void print_for_people()
{
    only_ascii = !locale_has_utf8(Environment::of_this_process());
}

void write_text(std::FILE* stream, std::string_view text)
{
    std::string ascii;
    if (only_ascii)
        text = ascii = in_ascii(text);
    if (!text.empty() && std::fwrite(text.data(), 1, text.size(), stream) != text.size())
        note_failure(stream);
}

void flush_text(std::FILE* stream)
{
    if (std::fflush(stream) != 0)
        note_failure(stream);
}

bool is_output_whole()
{
    flush_text(stdout);
    return why_not_whole == 0 && std::ferror(stdout) == 0;
}

int with_whole_output(int status, int failure)
{
    if (is_output_whole())
        return status;
    if (why_not_whole == EPIPE) {
        if (status == 0)
            end_by_signal(SIGPIPE);
        return status == 0 ? failure : status;
    }
    say(stderr, "standard output: {}\n",
        why_not_whole == 0 ? "not everything could be written" : os_error_text(why_not_whole));
    return status == 0 ? failure : status;
}

int print_all(std::string_view text, int failure)
{
    write_text(stdout, text);
    return with_whole_output(0, failure);
}

} // namespace nacre
