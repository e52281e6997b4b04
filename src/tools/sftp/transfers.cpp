// get, put, reget, reput and cat.
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "os/fd.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "runtime/local_site.h"
#include "tools/copy/copy_name.h"
#include "tools/copy/run_copy.h"
#include "tools/sftp/commands.h"

namespace nacre::sftp_tool {

namespace {

sftp::CopyOptions options_for(const Shell& shell, const Call& call)
{
    auto options = shell.preferences.copies;
    options.recursive |= call.has('r') || call.has('R');
    options.preserve |= call.has('p') || call.has('P');
    options.sync |= call.has('f');
    if (call.has('a') && options.resume == sftp::Resume::no)
        options.resume = sftp::Resume::trusting;
    return options;
}

enum class Way { fetch, send };

Result<bool> run(Shell& shell, sftp::Copier& copier, Way way)
{
    Meter meter{shell.preferences.progress && !shell.preferences.quiet};
    auto result = TRY(run_copy({.copier = copier,
                                .source = way == Way::fetch ? &shell.link() : nullptr,
                                .sink = way == Way::send ? &shell.link() : nullptr,
                                .meter = meter,
                                .complain = [&](std::string_view sentence) { shell.complain("{}", sentence); },
                                .lanes = way == Way::send ? &shell.lanes() : nullptr}));
    return result.success();
}

void announce(Shell& shell, std::string_view verb, const sftp::CopyOptions& options, std::string_view from, std::string_view to)
{
    if (!shell.preferences.quiet)
        shell.say("{} {} to {}", options.resume == sftp::Resume::no ? verb : "Resuming", printable_line(from), printable_line(to));
}

Result<bool> get_with(Shell& shell, const std::string& pattern, const std::string& target, sftp::CopyOptions options)
{
    auto found = TRY(shell.matches(pattern));
    bool into = !target.empty() && is_local_directory(target);
    if (found.size() > 1 && !target.empty() && !into) {
        shell.complain("Multiple paths match, but destination \"{}\" is not a directory", printable_line(target));
        return false;
    }
    LocalSite here;
    options.spares_source = true;                                 // a look costs nothing here
    sftp::Copier copier{shell.link().client(), here, options};
    for (auto& match : found) {
        auto to = target;
        if (into || target.empty()) {
            auto name = TRY(copy_name(shell.link(), match.path));
            to = into ? place_in(target, name) : name.empty() ? "." : name;
        }
        announce(shell, "Fetching", options, match.path, to);
        copier.add(match.path, to, match.attributes);
    }
    bool done = TRY(run(shell, copier, Way::fetch));
    return done && !found.empty();
}

std::vector<std::string> local_matches(const std::string& pattern)
{
    std::vector<std::string> paths;
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_NOCHECK, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    if (paths.size() == 1 && paths[0] == pattern)
        paths[0] = without_glob_escapes(pattern);
    return paths;
}

struct Upload {
    std::string path, to;
};

// A home that both machines have, or a server that is this one.
bool is_same_file(const std::string& path, const std::string& other)
{
    struct ::stat facts {}, others {};
    return ::stat(path.c_str(), &facts) == 0 && ::stat(other.c_str(), &others) == 0 && facts.st_dev == others.st_dev &&
           facts.st_ino == others.st_ino;
}

Result<bool> put_with(Shell& shell, const Call& call, sftp::CopyOptions options)
{
    auto target = call.words.size() > 1 ? shell.absolute_name(call.words[1]) : std::string{};
    bool into = false;
    if (!target.empty())
        into = TRY(shell.is_directory(target));
    auto paths = local_matches(call.words[0]);
    if (paths.size() > 1 && !target.empty() && !into) {
        shell.complain("Multiple paths match, but destination \"{}\" is not a directory", printable_line(target));
        return false;
    }
    bool all = !paths.empty();
    LocalSite here;
    here.read_into(shell.link().kernel_path());
    std::vector<Upload> uploads;
    for (auto& path : paths) {
        struct ::stat facts {};
        if (::stat(path.c_str(), &facts) != 0) {
            shell.complain("local \"{}\": {}", printable_line(path), os_error_text(errno));
            all = false;
            continue;
        }
        auto to = into || target.empty() ? place_in(into ? target : shell.directory(), copy_name_here(path)) : target;
        options.spares_source |= is_same_file(path, to);
        uploads.push_back({path, std::move(to)});
    }
    sftp::Copier copier{here, shell.link().client(), options};
    for (auto& [path, to] : uploads) {
        announce(shell, "Uploading", options, path, to);
        copier.add(path, to);
    }
    bool done = TRY(run(shell, copier, Way::send));
    return done && all;
}

// Standard output as a place for files: one after the other.
class Output final : public LocalSite {
public:
    bool has_room() const override { return true; }
    Reply open_to_write(const sftp::Ticket&, const std::string&, const sftp::SinkFile&) override
    {
        return sftp::Answer{.handle = "1"};
    }
    Reply write(const sftp::Ticket&, const std::string&, sftp::Block block) override
    {
        if (auto written = write_all(1, block.here); !written)
            return sftp::Answer{.outcome = sftp::Outcome::failed, .reason = written.error().what};
        return sftp::Answer{};
    }
    // What did not fit is lost; what was there before us stays.
    Reply set(const sftp::Ticket&, const std::string&, const sftp::Attributes&) override { return sftp::Answer{}; }
    Reply close(const sftp::Ticket&, const std::string&) override { return sftp::Answer{}; }
};

} // namespace

Result<bool> get(Shell& shell, const Call& call)
{
    auto target = call.words.size() > 1 ? without_glob_escapes(call.words[1]) : std::string{};
    return get_with(shell, call.words[0], target, options_for(shell, call));
}

Result<bool> put(Shell& shell, const Call& call) { return put_with(shell, call, options_for(shell, call)); }

Result<bool> reget(Shell& shell, const Call& call)
{
    auto resuming = call;
    resuming.flags += 'a';
    return get(shell, resuming);
}

Result<bool> reput(Shell& shell, const Call& call)
{
    auto resuming = call;
    resuming.flags += 'a';
    return put(shell, resuming);
}

Result<bool> fetch(Shell& shell, const std::string& pattern, const std::string& target)
{
    return get_with(shell, pattern, target, shell.preferences.copies);
}

Result<bool> cat(Shell& shell, const Call& call)
{
    flush_text(stdout);
    bool all = true;
    for (auto& word : call.words) {
        auto found = TRY(shell.matches(word));
        all = all && !found.empty();
        for (auto& match : found) {
            Output output;
            sftp::Copier copier{shell.link().client(), output, {.block_size = shell.preferences.copies.block_size}};
            copier.add(match.path, "standard output", match.attributes);
            Meter none{false};
            auto result = TRY(run_copy({.copier = copier, .source = &shell.link(), .meter = none,
                                        .complain = [&](std::string_view sentence) { shell.complain("{}", sentence); }}));
            all = all && result.success();
        }
    }
    return all;
}

} // namespace nacre::sftp_tool
