// Printing for people and scripts.  Nobody reading is no reason to stop in the middle of one's work, as fmt::print() would
// by its exception; that the output is not whole is told at the end.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

namespace nacre {

void write_text(std::FILE* stream, std::string_view text);        // what fails is remembered by the stream

template <class... Args>
void say(std::FILE* stream, fmt::format_string<Args...> format, Args&&... args)
{
    write_text(stream, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args)
{
    write_text(stdout, fmt::format(format, std::forward<Args>(args)...));
}

// The last thing in main(): `status`, or `failure` where standard output did not take everything, which is then said.
int with_whole_output(int status, int failure);

} // namespace nacre
