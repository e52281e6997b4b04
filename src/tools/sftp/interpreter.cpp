#include "tools/sftp/interpreter.h"


#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "tools/sftp/words.h"

namespace nacre::sftp_tool {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

// What stands before the command: "-" and "@" in any order.
struct Prefix {
    bool may_fail = false;
    bool silent = false;
    std::string_view rest{};
};

Prefix take_prefix(std::string_view line)
{
    Prefix prefix;
    auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size())); };
    for (skip_blanks(); !line.empty() && (line[0] == '-' || line[0] == '@'); line.remove_prefix(1))
        (line[0] == '-' ? prefix.may_fail : prefix.silent) = true;
    skip_blanks();
    prefix.rest = line;
    return prefix;
}

// Letters before the first word; false after saying what is wrong.
bool take_flags(Shell& shell, const Command& command, Call& call)
{
    auto& words = call.words;
    while (!words.empty() && words[0].size() > 1 && words[0][0] == '-') {
        auto letters = words[0].substr(1);
        words.erase(words.begin());
        if (letters == "-")
            break;
        for (char letter : letters) {
            if (!command.flags.contains(letter)) {
                shell.complain("{}: Invalid flag -{}", command.name, printable_line({&letter, 1}));
                return false;
            }
            call.flags += letter;
        }
    }
    return true;
}

// False after saying what is missing.  What is too much is left out, and said: OpenSSH's sftp passes it over.
bool take_right_count(Shell& shell, const Command& command, Call& call)
{
    auto& row = command.synopsis.empty() ? command.name : command.synopsis;
    if (call.words.size() < command.least) {
        shell.complain("Too few paths for this command; usage: {}", row);
        return false;
    }
    if (call.words.size() > command.most) {
        shell.complain("\"{}\" and what follows is left out; usage: {}", printable_line(call.words[command.most]), row);
        call.words.resize(command.most);
    }
    return true;
}

struct Parsed {
    const Command* command = nullptr;                             // null: nothing to do
    Call call{};
    bool valid = true;
};

Parsed parse(Shell& shell, std::string_view line)
{
    Parsed parsed;
    if (line.starts_with('!')) {
        parsed.command = command_named("!");
        parsed.call.rest = trim(line.substr(1));
        return parsed;
    }
    auto words = split_words(line);
    if (!words) {
        shell.complain("{}", words.error().what);
        parsed.valid = false;
        return parsed;
    }
    if (words->words.empty())
        return parsed;
    auto name = words->words.front();
    parsed.command = command_named(name);
    if (!parsed.command) {
        shell.complain("Invalid command \"{}\"; \"help\" shows them all.", printable_line(name));
        parsed.valid = false;
        return parsed;
    }
    parsed.call.words.assign(words->words.begin() + 1, words->words.end());
    parsed.call.rest = trim(line.substr(std::min(line.find_first_of(blanks), line.size())));
    if (parsed.command->most != whole_line)
        parsed.valid = take_flags(shell, *parsed.command, parsed.call) &&
                       take_right_count(shell, *parsed.command, parsed.call);
    return parsed;
}

} // namespace

Result<Executed> execute(Shell& shell, std::string_view line, Echo echo)
{
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    auto prefix = take_prefix(line);
    if (echo == Echo::yes && !prefix.silent) {
        shell.say("sftp> {}", printable_line(line));
        flush_text(stdout);
    }
    auto parsed = parse(shell, prefix.rest);
    if (!parsed.valid)
        return Executed{.success = false, .stops_batch = !prefix.may_fail};
    if (!parsed.command)
        return Executed{};
    if (!parsed.command->run)
        return Executed{.leaves = true};
    auto done = parsed.command->run(shell, parsed.call);
    if (!done && done.error().kind != ErrorKind::bad_input)
        return fail(std::move(done).error());
    if (!done)                                                    // what was asked for cannot be; the session goes on
        shell.complain("{}", done.error().what);
    bool success = done.value_or(false);
    return Executed{.success = success, .stops_batch = !success && !prefix.may_fail && parsed.command->stops_batch};
}

} // namespace nacre::sftp_tool
