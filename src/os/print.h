// Printing for people and scripts.  Nobody reading is no reason to stop in the middle of one's work, as fmt::print() would
// by its exception; that the output is not whole is told at the end.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace nacre {

void write_text(std::FILE* stream, std::string_view text);        // that it fails is remembered, and of stdout, why
// What others wrote, made printable, as people can see it here: as it is where the locale has UTF-8, else in ASCII.
std::string for_people(std::string text);
void print_for_people();                                          // from now on, whatever is printed by what stands here is

void flush_text(std::FILE* stream);                               // the same, at once
bool is_output_whole();                                           // that standard output took everything until now, at once

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
// A program whose reader has gone (`| head -1`) ends as those do that know nothing of it: by SIGPIPE, without a word.
int with_whole_output(int status, int failure);

// For a program that prints one text and ends: 0, or `failure`, as above.
int print_all(std::string_view text, int failure);

} // namespace nacre
