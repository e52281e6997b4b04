#include "tools/copy/remote_glob.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "base/text.h"
#include "tools/copy/interrupts.h"

namespace nacre {

namespace {

bool is_special(char c) { return c == '*' || c == '?' || c == '[' || c == '\\'; }

// The first component with its trailing slashes cut off the front.
std::string_view take_component(std::string_view& pattern)
{
    auto slash = std::min(pattern.find('/'), pattern.size());
    auto component = pattern.substr(0, slash);
    pattern.remove_prefix(slash);
    return component;
}

std::string_view take_slashes(std::string_view& pattern)
{
    auto end = std::min(pattern.find_first_not_of('/'), pattern.size());
    auto slashes = pattern.substr(0, end);
    pattern.remove_prefix(end);
    return slashes;
}

// Adds to `found` what `pattern` names below `base`.
Result<void> expand(SftpLink& link, const std::string& base, std::string_view pattern, std::vector<GlobMatch>& found)
{
    auto path = base;
    // What has no wildcards is not looked up component by component: the way may be forbidden and the end not.
    for (;;) {
        path += take_slashes(pattern);
        auto rest = pattern;
        auto component = take_component(rest);
        if (component.empty() || has_wildcards(component))
            break;
        path += without_escapes(component);
        pattern = rest;
    }
    if (pattern.empty()) {
        auto answer = TRY(link.ask([&](auto& client, auto& ticket) { return client.look(ticket, path, sftp::Links::shown); }));
        if (answer.done() && answer.attributes.kind() == sftp::FileKind::link) {
            auto beyond = TRY(link.ask([&](auto& client, auto& ticket) { return client.look(ticket, path, sftp::Links::followed); }));
            if (beyond.done())                                    // a link to nowhere is a name all the same
                answer = std::move(beyond);
        }
        if (answer.done())
            found.push_back({path, answer.attributes});
        return {};
    }
    std::string component{take_component(pattern)};
    auto listing = TRY(list_directory(link, path.empty() ? "." : path));
    if (listing.was_opened && !listing.problem.done())
        return bad_input(fmt::format("remote readdir(\"{}\"): {}", printable_line(path), listing.problem.reason));
    for (auto& entry : listing.entries) {
        if (!is_plain_name(entry.name) || ::fnmatch(component.c_str(), entry.name.c_str(), FNM_PERIOD) != 0)
            continue;
        if (found.size() >= most_matches)
            return bad_input("too many names match");
        if (pattern.empty())
            found.push_back({path + entry.name, entry.attributes});
        else if (entry.attributes.kind() != sftp::FileKind::regular)
            TRY(expand(link, path + entry.name, pattern, found));
    }
    return {};
}

} // namespace

bool has_wildcards(std::string_view pattern)
{
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[')
            return true;
    }
    return false;
}

std::string without_escapes(std::string_view pattern)
{
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size())
            ++i;
        text += pattern[i];
    }
    return text;
}

std::string without_glob_escapes(std::string_view name)
{
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '\\' && i + 1 < name.size() && is_special(name[i + 1]))
            ++i;
        text += name[i];
    }
    return text;
}

std::string escaped_for_glob(std::string_view name)
{
    std::string text;
    for (char c : name) {
        if (is_special(c))
            text += '\\';
        text += c;
    }
    return text;
}

Result<std::vector<GlobMatch>> remote_glob(SftpLink& link, std::string_view pattern)
{
    std::vector<GlobMatch> found;
    TRY(expand(link, "", pattern, found));
    std::ranges::sort(found, {}, &GlobMatch::path);
    return found;
}

Result<Listing> list_directory(SftpLink& link, const std::string& path)
{
    constexpr std::size_t most_entries = std::size_t{8} << 20;
    Listing listing;
    auto opened = TRY(link.ask([&](auto& client, auto& ticket) { return client.open_directory(ticket, path); }));
    if (!opened.done()) {
        listing.problem = std::move(opened);
        return listing;
    }
    listing.was_opened = true;
    auto handle = opened.handle;
    bool ended = false;                                           // what a server says behind the end is of no account
    for (bool more = true; more && !was_interrupted() && listing.entries.size() < most_entries;) {
        // A few at once: the last one of them finds the end.
        TRY(link.ask_all(4, [&](auto& client, auto& ticket, auto) { return client.read_directory(ticket, handle); },
                         [&](std::size_t, sftp::Answer& answer) {
                             more = more && answer.done();
                             ended = ended || answer.outcome == sftp::Outcome::end;
                             if (answer.done())
                                 std::ranges::move(answer.entries, std::back_inserter(listing.entries));
                             else if (!ended)
                                 listing.problem = answer;
                             return true;
                         }));
    }
    if (listing.entries.size() >= most_entries)
        listing.problem = {.outcome = sftp::Outcome::failed, .reason = "too many names"};
    TRY(link.ask([&](auto& client, auto& ticket) { return client.close(ticket, handle); }));
    return listing;
}

} // namespace nacre
