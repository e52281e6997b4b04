// Command lines of the tools: a row per letter, read by getopt(3); and the values that several tools take.
#pragma once

#include <getopt.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/hash.h"

namespace nacre {

template <class Settings>
struct FlagLetter {
    char letter;
    void (*apply)(Settings& settings);
};

// What a value that makes no sense leads to: the end of the program, or the usage text like a letter that nobody knows.
// They end with different statuses, and scripts know OpenSSH's.
enum class WhenWrong { ends, shows_usage };

template <class Settings>
struct ValueLetter {
    char letter;
    Result<void> (*apply)(Settings& settings, std::string_view value);
    WhenWrong when_wrong = WhenWrong::ends;
};

// As getopt(3) does of what it does not understand: "program: sentence" on standard error.
void tell_wrong_value(std::string_view program, const Error& error);

enum class LettersAfterWords { refused, allowed };

// Applies the rows in the order of the command line and returns the words between them.  A letter without a row, or
// without its value, sets settings.help: getopt has said what is wrong, or we have.
template <class Settings>
Result<std::vector<std::string>> read_letters(Settings& settings, int count, char** arguments,
                                              std::span<const FlagLetter<Settings>> flags,
                                              std::span<const ValueLetter<Settings>> values,
                                              LettersAfterWords after = LettersAfterWords::refused)
{
    std::string letters{after == LettersAfterWords::refused ? "+" : ""};
    for (auto& row : flags)
        letters += row.letter;
    for (auto& row : values)
        (letters += row.letter) += ':';
    for (int letter; (letter = ::getopt(count, arguments, letters.c_str())) != -1;) {
        auto flag = std::ranges::find(flags, letter, &FlagLetter<Settings>::letter);
        auto value = std::ranges::find(values, letter, &ValueLetter<Settings>::letter);
        if (flag != flags.end()) {
            flag->apply(settings);
        } else if (value != values.end()) {
            auto applied = value->apply(settings, optarg);
            if (!applied && value->when_wrong == WhenWrong::ends)
                return fail(std::move(applied.error()));
            if (!applied)
                tell_wrong_value(arguments[0], applied.error());
            settings.help |= !applied;
        } else {
            settings.help = true;
        }
    }
    return std::vector<std::string>(arguments + std::min(optind, count), arguments + count);
}

// "--help" and nothing else: the usage text is on standard output, and there is nothing left to do.
bool answers_help(int count, char* const* arguments, std::string_view usage);

Result<HashKind> fingerprint_hash_named(std::string_view name);   // -E: md5, sha1, sha256 …, in any case
Result<std::optional<Seconds>> parse_lifetime(std::string_view text);   // -t: "1h30m"; zero is nothing: for ever

} // namespace nacre
