// rm, du and find: what walks over trees.
//
// Directories are read one after the other and files dealt with many at once.  Links are never followed; names that are
// no plain component are passed over.
#include <fnmatch.h>

#include <algorithm>

#include "base/text.h"
#include "sftp/names.h"
#include "tools/copy/interrupts.h"
#include "tools/sftp/commands.h"
#include "tools/sftp/listing.h"

namespace nacre::sftp_tool {

namespace {

constexpr int deepest = 256;

struct Entry {
    std::string path;
    sftp::Attributes facts;
};

bool is_directory(const sftp::Attributes& facts) { return facts.kind() == sftp::FileKind::directory; }

// What a directory holds, sorted; nothing, after saying why, if it cannot be read.
Result<std::optional<std::vector<Entry>>> entries_of(Shell& shell, const std::string& path)
{
    auto listing = TRY(list_directory(shell.link(), path));
    if (!listing.problem.done()) {
        shell.complain("remote readdir(\"{}\"): {}", printable_line(path), listing.problem.reason);
        return std::optional<std::vector<Entry>>{};
    }
    std::vector<Entry> entries;
    for (auto& entry : listing.entries)
        if (is_plain_name(entry.name))
            entries.push_back({sftp::join_path(path, entry.name), entry.attributes});
    std::ranges::sort(entries, {}, &Entry::path);
    return std::optional{std::move(entries)};
}

Result<bool> remove_files(Shell& shell, const std::vector<std::string>& paths)
{
    bool all = true;
    TRY(shell.link().ask_all(
        paths.size(), [&](auto& client, auto& ticket, std::size_t i) { return client.remove(ticket, paths[i]); },
        [&](std::size_t i, sftp::Answer& answer) {
            if (!answer.done())
                shell.complain("remote delete \"{}\": {}", printable_line(paths[i]), answer.reason);
            all = all && answer.done();
            return true;
        }));
    return all;
}

Result<bool> remove_tree(Shell& shell, const std::string& path, int depth)
{
    if (depth > deepest) {
        shell.complain("\"{}\": lies too deep", printable_line(path));
        return false;
    }
    auto entries = TRY(entries_of(shell, path));
    bool all = entries.has_value();
    std::vector<std::string> files;
    for (auto& entry : entries.value_or(std::vector<Entry>{})) {
        if (was_interrupted())
            return false;
        if (is_directory(entry.facts))
            all &= TRY(remove_tree(shell, entry.path, depth + 1));
        else
            files.push_back(entry.path);
    }
    all &= TRY(remove_files(shell, files));
    if (!all || was_interrupted())
        return false;                                             // its turn would only fail with a second line
    return shell.try_ask("remote rmdir", path,
                         [&](auto& client, auto& ticket) { return client.remove_directory(ticket, path); });
}

std::string size_text(std::uint64_t bytes, Units units)
{
    return units == Units::scaled ? human_size(bytes) : std::to_string((bytes + 1023) / 1024);
}

struct Sums {
    std::uint64_t bytes = 0;
    bool all = true;
};

Result<Sums> add_up(Shell& shell, const std::string& path, const std::string& shown_as, const Call& call, int depth)
{
    Sums sums;
    auto entries = TRY(entries_of(shell, path));
    sums.all = entries.has_value() && depth <= deepest;
    for (auto& entry : entries.value_or(std::vector<Entry>{})) {
        if (was_interrupted() || depth > deepest)
            break;
        if (!is_directory(entry.facts)) {
            sums.bytes += entry.facts.size.value_or(0);
            continue;
        }
        auto below_as = sftp::join_path(shown_as, sftp::last_component(entry.path));
        auto below = TRY(add_up(shell, entry.path, below_as, call, depth + 1));
        sums.bytes += below.bytes;
        sums.all = sums.all && below.all;
    }
    if (!call.has('s') || depth == 0)
        shell.say("{}\t{}", size_text(sums.bytes, call.has('h') ? Units::scaled : Units::bytes), printable_line(shown_as));
    return sums;
}

struct Wanted {
    std::string path{"."};
    std::optional<std::string> name{};
    std::optional<sftp::FileKind> kind{};
};

std::optional<sftp::FileKind> kind_named(std::string_view text)
{
    if (text == "f")
        return sftp::FileKind::regular;
    if (text == "d")
        return sftp::FileKind::directory;
    if (text == "l")
        return sftp::FileKind::link;
    return std::nullopt;
}

std::optional<Wanted> parse_find(Shell& shell, const std::vector<std::string>& words)
{
    Wanted wanted;
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool has_value = i + 1 < words.size();
        if (words[i] == "-name" && has_value) {
            wanted.name = without_escapes(words[++i]);            // quoted or not a pattern, as people know from find(1)
        } else if (words[i] == "-type" && has_value && kind_named(words[i + 1])) {
            wanted.kind = kind_named(words[++i]);
        } else if (i == 0 && !words[i].starts_with('-')) {
            wanted.path = words[i];
        } else {
            shell.complain("find: \"{}\" is not understood; usage: find [path] [-name pattern] [-type f|d|l]",
                           printable_line(words[i]));
            return std::nullopt;
        }
    }
    return wanted;
}

Result<bool> show_tree(Shell& shell, const Entry& at, const std::string& shown_as, const Wanted& wanted, int depth)
{
    auto name = std::string{sftp::last_component(shown_as)};
    if ((!wanted.name || ::fnmatch(wanted.name->c_str(), name.c_str(), 0) == 0) &&
        (!wanted.kind || at.facts.kind() == *wanted.kind))
        shell.say("{}", printable_line(shown_as));
    if (!is_directory(at.facts) || was_interrupted())
        return !was_interrupted();
    auto entries = TRY(entries_of(shell, at.path));
    bool all = entries.has_value() && depth <= deepest;
    for (auto& entry : entries.value_or(std::vector<Entry>{}))
        if (depth <= deepest)
            all &= TRY(show_tree(shell, entry, sftp::join_path(shown_as, sftp::last_component(entry.path)), wanted, depth + 1));
    return all;
}

// As rm(1) has it: where one is, and all there is, are typed by mistake.
bool is_removable_tree(std::string_view path)
{
    auto name = sftp::last_component(path);
    return name != "." && name != ".." && name != "/";
}

// With a slash behind it, a link would be what it leads to.
std::string without_slash(std::string path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

// What can be removed at once goes into `files`.
Result<bool> remove_match(Shell& shell, const std::string& path, std::vector<std::string>& files)
{
    auto facts = TRY(shell.look(path, sftp::Links::shown));
    if (!facts || !is_directory(*facts)) {
        files.push_back(path);
        return true;
    }
    if (is_removable_tree(path))
        return remove_tree(shell, path, 0);
    shell.complain("\"{}\" is not removed: only what has a name of its own is", printable_line(path));
    return false;
}

} // namespace

Result<bool> rm(Shell& shell, const Call& call)
{
    bool recursive = call.has('r') || call.has('R');
    bool all = true;
    std::vector<std::string> files;
    for (auto& word : call.words) {
        auto found = TRY(shell.matches(word));
        all &= !found.empty();
        for (auto& match : found) {
            if (!shell.preferences.quiet)
                shell.say("Removing {}", printable_line(match.path));
            if (recursive)
                all &= TRY(remove_match(shell, without_slash(match.path), files));
            else
                files.push_back(match.path);
        }
    }
    bool done = TRY(remove_files(shell, files));
    return done && all;
}

Result<bool> du(Shell& shell, const Call& call)
{
    std::string typed = call.words.empty() ? "." : call.words[0];
    auto found = TRY(shell.matches(typed));
    bool all = !found.empty();
    for (auto& match : found) {
        auto shown_as = has_wildcards(typed) ? match.path : without_escapes(typed);
        if (!is_directory(match.attributes)) {
            shell.say("{}\t{}", size_text(match.attributes.size.value_or(0), call.has('h') ? Units::scaled : Units::bytes),
                      printable_line(shown_as));
            continue;
        }
        auto sums = TRY(add_up(shell, match.path, shown_as, call, 0));
        all = all && sums.all;
    }
    return all && !was_interrupted();
}

Result<bool> find(Shell& shell, const Call& call)
{
    auto wanted = parse_find(shell, call.words);
    if (!wanted)
        return false;
    auto found = TRY(shell.matches(wanted->path));
    bool all = !found.empty();
    for (auto& match : found) {
        auto shown_as = has_wildcards(wanted->path) ? match.path : without_escapes(wanted->path);
        all &= TRY(show_tree(shell, {match.path, match.attributes}, shown_as, *wanted, 0));
    }
    return all;
}

} // namespace nacre::sftp_tool
