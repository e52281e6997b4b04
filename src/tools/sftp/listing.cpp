// ls.
#include "tools/sftp/listing.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <set>

#include "base/braces.h"
#include "base/text.h"
#include "os/terminal.h"
#include "runtime/listing_date.h"
#include "sftp/long_name.h"
#include "sftp/messages.h"
#include "sftp/names.h"
#include "tools/sftp/commands.h"

namespace nacre::sftp_tool {

namespace {

struct Line {
    std::string name;                                             // as it is to be shown
    std::size_t width = 0;                                        // for columns: as if the whole path were
    std::string long_name;                                        // the server's, if it sent one
    sftp::Attributes facts;
};

bool is_long(const Call& call) { return call.has('l') || call.has('n'); }

void sort_lines(std::vector<Line>& lines, const Call& call)
{
    if (call.has('f'))
        return;
    auto newer = [](const Line& line) { return line.facts.times ? line.facts.times->modification : 0; };
    std::ranges::sort(lines, [&](const Line& a, const Line& b) {
        if (call.has('t') && newer(a) != newer(b))
            return newer(a) > newer(b);
        if (call.has('S') && a.facts.size != b.facts.size)
            return a.facts.size > b.facts.size;
        return a.name < b.name;
    });
    if (call.has('r'))
        std::ranges::reverse(lines);
}

std::size_t terminal_width()
{
    winsize size{};
    return ::ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void print_columns(Shell& shell, const std::vector<Line>& lines)
{
    std::size_t longest = 0;
    for (auto& line : lines)
        longest = std::max({longest, line.name.size(), line.width});
    auto width = terminal_width();
    auto columns = std::max<std::size_t>(width / (longest + 2), 1);
    auto space = std::min(width / columns, width);
    std::string row;
    std::size_t column = 0;
    for (auto& line : lines) {
        row += fmt::format("{:<{}}", line.name, space);
        if (++column < columns)
            continue;
        shell.say("{}", row);
        row.clear();
        column = 0;
    }
    if (column > 0)
        shell.say("{}", row);
}

using IdNames = std::map<std::uint32_t, std::string>;

// Names from a users-groups-by-id reply: one string per id, empty where there is none.
void take_names(Reader& in, const std::vector<std::uint32_t>& ids, IdNames& names)
{
    Reader list{in.string()};
    for (auto id : ids)
        if (auto name = list.text(); !name.empty())
            names[id] = printable_line(name);
}

Result<std::pair<IdNames, IdNames>> look_up_owners(Shell& shell, const std::vector<Line>& lines)
{
    constexpr std::size_t most_at_once = 1000;
    std::set<std::uint32_t> users, groups;
    for (auto& line : lines)
        if (line.facts.owner && users.size() < most_at_once && groups.size() < most_at_once) {
            users.insert(line.facts.owner->uid);
            groups.insert(line.facts.owner->gid);
        }
    std::vector<std::uint32_t> uids(users.begin(), users.end()), gids(groups.begin(), groups.end());
    std::pair<IdNames, IdNames> names;
    auto answer = TRY(shell.link().ask([&](auto& client, auto& ticket) { return client.names_of_ids(ticket, uids, gids); }));
    if (!answer.done())
        return names;
    Reader in{answer.data};
    take_names(in, uids, names.first);
    take_names(in, gids, names.second);
    return names;
}

std::string name_or_number(const IdNames& names, std::optional<std::uint32_t> id)
{
    if (!id)
        return "?";
    auto found = names.find(*id);
    return found != names.end() ? found->second : std::to_string(*id);
}

Result<void> print_long(Shell& shell, const std::vector<Line>& lines, const Call& call)
{
    // A server's own lines say less (no path), but who owns what where it cannot be asked.
    bool can_ask = shell.link().client().supports(sftp::extension::users_groups_by_id);
    std::pair<IdNames, IdNames> owners;
    if (!call.has('n'))
        owners = TRY(look_up_owners(shell, lines));
    for (auto& line : lines) {
        std::optional<std::uint32_t> uid, gid;
        if (line.facts.owner) {
            uid = line.facts.owner->uid;
            gid = line.facts.owner->gid;
        }
        if (!line.long_name.empty() && !can_ask && !call.has('n') && !call.has('h'))
            shell.say("{}", printable_line(line.long_name));
        else
            shell.say("{}", long_line(line.name, line.facts, name_or_number(owners.first, uid),
                                      name_or_number(owners.second, gid), call.has('h') ? Units::scaled : Units::bytes));
    }
    return {};
}

Result<void> print_lines(Shell& shell, std::vector<Line> lines, const Call& call)
{
    sort_lines(lines, call);
    if (is_long(call))
        return print_long(shell, lines, call);
    if (call.has('1'))
        for (auto& line : lines)
            shell.say("{}", line.name);
    else
        print_columns(shell, lines);
    return {};
}

// `shown_as`: what comes before the names.
Result<bool> list_one(Shell& shell, const std::string& path, const std::string& shown_as, const Call& call)
{
    auto listing = TRY(list_directory(shell.link(), path));
    if (!listing.problem.done()) {
        shell.complain("remote readdir(\"{}\"): {}", printable_line(path), listing.problem.reason);
        if (listing.entries.empty())
            return false;
    }
    std::vector<Line> lines;
    for (auto& entry : listing.entries)
        if (call.has('a') || !entry.name.starts_with('.'))
            lines.push_back({.name = printable_line(sftp::join_path(shown_as, entry.name)),
                             .long_name = std::move(entry.long_name), .facts = entry.attributes});
    TRY(print_lines(shell, std::move(lines), call));
    return listing.problem.done();
}

} // namespace

std::string human_size(std::uint64_t bytes)
{
    constexpr std::array<char, 7> units{'B', 'K', 'M', 'G', 'T', 'P', 'E'};
    std::size_t unit = 0;
    auto value = static_cast<double>(bytes);
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return unit > 0 && value < 99.95 ? fmt::format("{:.1f}{}", value, units[unit]) : fmt::format("{:.0f}{}", value, units[unit]);
}

std::string long_line(std::string_view name, const sftp::Attributes& facts, std::string_view user, std::string_view group,
                      Units units)
{
    auto time = static_cast<std::time_t>(facts.times ? facts.times->modification : 0);
    auto size = facts.size.value_or(0);
    return sftp::long_name({.mode = facts.permissions.value_or(0),
                            .links = "?",
                            .owner = user,
                            .group = group,
                            .size = units == Units::scaled ? human_size(size) : std::to_string(size),
                            .date = listing_date(time, std::time(nullptr)),
                            .name = name});
}

namespace {

// A word of ls may have braces, as with OpenSSH's sftp; no other command's.
Result<std::vector<GlobMatch>> matches_with_braces(Shell& shell, std::string_view typed)
{
    constexpr std::size_t most_words = 1024;
    std::vector<GlobMatch> found;
    for (auto& word : expand_braces(typed, most_words).value_or(std::vector{std::string{typed}})) {
        auto more = TRY(remote_glob(shell.link(), shell.absolute(word)));
        if (found.size() + more.size() > most_matches)
            return bad_input("too many names match");
        std::ranges::move(more, std::back_inserter(found));
    }
    return found;
}

// What links lead to is shown, as of a name alone; a link that leads to nothing stays one.
Result<void> follow_links(Shell& shell, std::vector<GlobMatch>& found)
{
    std::vector<GlobMatch*> links;
    for (auto& match : found)
        if (match.attributes.kind() == sftp::FileKind::link)
            links.push_back(&match);
    return shell.link().ask_all(
        links.size(),
        [&](auto& client, auto& ticket, std::size_t i) {
            return client.look(ticket, links[i]->path, sftp::Links::followed);
        },
        [&](std::size_t i, sftp::Answer& answer) {
            if (answer.done())
                links[i]->attributes = answer.attributes;
            return true;
        });
}

} // namespace

Result<bool> ls(Shell& shell, const Call& call)
{
    if (call.words.empty())
        return list_one(shell, shell.directory(), "", call);
    auto& typed = call.words[0];
    auto found = TRY(matches_with_braces(shell, typed));
    if (found.empty()) {
        shell.complain("Can't ls: \"{}\" not found", printable_line(shell.absolute(typed)));
        return false;
    }
    auto prefix = shell.directory() == "/" ? shell.directory() : shell.directory() + '/';
    auto as_typed = [&](const std::string& path) {
        return !typed.starts_with('/') && path.starts_with(prefix) ? path.substr(prefix.size()) : path;
    };
    if (found.size() == 1) {
        bool directory = found[0].attributes.kind() == sftp::FileKind::directory;
        if (found[0].attributes.kind() == sftp::FileKind::link)
            directory = TRY(shell.is_directory(found[0].path));
        if (directory)
            return list_one(shell, found[0].path, as_typed(found[0].path), call);
    }
    if (call.has('l'))
        TRY(follow_links(shell, found));
    std::vector<Line> lines;
    for (auto& match : found) {
        auto mark = match.attributes.kind() == sftp::FileKind::directory ? "/" : "";
        lines.push_back({.name = printable_line(as_typed(match.path)) + mark, .width = match.path.size(), .long_name = {},
                         .facts = match.attributes});
    }
    TRY(print_lines(shell, std::move(lines), call));
    return true;
}

} // namespace nacre::sftp_tool
