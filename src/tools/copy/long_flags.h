// The few options that OpenSSH does not have: whole words, taken out of the command line before getopt(3) reads it.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace nacre {

template <class Settings>
struct LongFlag {
    std::string_view word;
    void (*apply)(Settings& settings);
};

// Up to "--", and only before the first word that is no option; returns how many arguments are left.
template <class Settings>
int take_long_flags(Settings& settings, int count, char** arguments, std::span<const LongFlag<Settings>> flags)
{
    int kept = std::min(count, 1);
    for (int i = 1; i < count; ++i) {
        auto row = std::ranges::find(flags, std::string_view{arguments[i]}, &LongFlag<Settings>::word);
        if (std::string_view{arguments[i]} == "--") {
            while (i < count)
                arguments[kept++] = arguments[i++];
            break;
        }
        if (row != flags.end())
            row->apply(settings);
        else
            arguments[kept++] = arguments[i];
    }
    arguments[kept] = nullptr;
    return kept;
}

} // namespace nacre
