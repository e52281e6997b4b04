#include "tools/scp/copies.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/text.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/system_log.h"
#include "runtime/local_site.h"
#include "tools/copy/copy_name.h"
#include "tools/copy/interrupts.h"
#include "tools/copy/remote_glob.h"
#include "tools/copy/run_copy.h"
#include "tools/scp/complain.h"
#include "tools/scp/local_copy.h"

namespace nacre::scp_tool {

namespace {

constexpr int exit_lost = 255;

// Of a target here: it is something else, or not there at all.
Error no_directory(const std::string& path)
{
    struct stat facts{};
    bool there = ::stat(path.c_str(), &facts) == 0;
    return {ErrorKind::bad_input, fmt::format("{}: {}", printable_line(path), there ? "Not a directory" : "No such file or directory"),
        DisconnectReason::by_application, 0};
}

class SftpCopies {
public:
    explicit SftpCopies(const Settings& settings) : settings_(settings), log_(2, level_for_verbosity(settings.verbosity), LineEnd::newline) {}

    Result<bool> run(const std::vector<CopyPlace>& sources, const CopyPlace& target);
    bool misses_own_files() const { return misses_own_files_; }   // that were to be sent

private:
    Result<std::unique_ptr<SftpLink>> connect(Destination place);
    Result<SftpLink*> link_to(const Destination& host);
    struct Expanded {                                             // a path of the server's
        std::string path;
        std::string pattern;                                      // where its wildcards count
    };
    Result<Expanded> expand(SftpLink& link, const std::string& path);
    Result<bool> is_directory(SftpLink* link, const std::string& path);
    Result<void> prepare_target(const CopyPlace& target, const std::vector<CopyPlace>& sources);
    Result<void> make_folder();                                   // of the target, since there is more than one source after all
    Result<void> add(sftp::Copier& copier, SftpLink* link, const CopyPlace& source);
    Result<bool> copy_from(SftpLink* link, const std::vector<const CopyPlace*>& sources);
    Result<bool> copy_here(const std::vector<const CopyPlace*>& sources);

    const Settings& settings_;
    FdLog log_;
    std::map<std::string, std::unique_ptr<SftpLink>> links_;      // to sources, by "user@host:port"
    LocalSite here_;
    std::unique_ptr<SftpLink> target_link_;                       // null: it is here
    std::optional<Lanes> lanes_;                                  // of that
    std::string target_path_;
    bool into_ = false;                                           // the target is a directory
    bool misses_own_files_ = false;
};

Result<std::unique_ptr<SftpLink>> SftpCopies::connect(Destination place)
{
    SftpLink::Settings wanted{.command = {}, .bytes_per_second = settings_.bytes_per_second};
    if (!place.port)
        place.port = settings_.port;
    if (settings_.direct.empty()) {
        wanted.command = settings_.ssh.words(place, "sftp", SshCommand::Runs::subsystem);
        wanted.lane_command = settings_.ssh.lane_words(place, "sftp", SshCommand::Runs::subsystem);
    } else {
        wanted.command = direct_command(settings_.direct);
    }
    return SftpLink::start(std::move(wanted), log_);
}

// One connection for each host, however many files come from it; the target has one of its own, so that a host may be
// both ends.
Result<SftpLink*> SftpCopies::link_to(const Destination& host)
{
    auto& link = links_[to_text(host)];
    if (!link)
        link = TRY(connect(host));
    return link.get();
}

// "~" and "~user": the server's business, where it knows how; "~/x" is x for every server, "~user" no name of a file
// for any.  The rest of the path stays as it was typed, so that what is copied, and what it is called here, is not the
// server's choice.
Result<SftpCopies::Expanded> SftpCopies::expand(SftpLink& link, const std::string& path)
{
    if (!path.starts_with('~'))
        return Expanded{path, path};
    auto home = path.substr(0, path.find('/'));
    auto rest = path.substr(home.size());
    std::string why_not{"this server does not say where a user's home is; the path from the root leads there"};
    if (link.client().supports(sftp::extension::expand_path)) {
        auto answer = TRY(link.ask([&](auto& client, auto& ticket) { return client.expand_path(ticket, home); }));
        if (answer.done() && !answer.entries.empty())
            return Expanded{answer.entries[0].name + rest, escaped_for_glob(answer.entries[0].name) + rest};
        why_not = answer.reason;
    }
    if (home != "~")
        return bad_input(fmt::format("remote \"{}\": {}", printable_line(home), why_not));
    auto here = rest.substr(std::min(rest.find_first_not_of('/'), rest.size()));
    if (here.empty())
        here = ".";
    return Expanded{here, here};
}

Result<bool> SftpCopies::is_directory(SftpLink* link, const std::string& path)
{
    if (!link)
        return is_local_directory(path);
    auto answer = TRY(link->ask([&](auto& client, auto& ticket) { return client.look(ticket, path, sftp::Links::followed); }));
    return answer.done() && answer.attributes.kind() == sftp::FileKind::directory;
}

bool has_wildcards(std::string_view pattern) { return pattern.find_first_of("*?[\\") != pattern.npos; }

Result<void> SftpCopies::prepare_target(const CopyPlace& target, const std::vector<CopyPlace>& sources)
{
    target_path_ = target.path;
    if (target.host) {
        target_link_ = TRY(connect(*target.host));
        lanes_.emplace(*target_link_);
        auto expanded = expand(*target_link_, target.path);
        if (!expanded)                                            // status 255, as where there is no way to the target
            return system_failure(expanded.error().what);
        target_path_ = std::move(expanded->path);
    }
    into_ = TRY(is_directory(target_link_.get(), target_path_));
    bool is_pattern = sources.size() == 1 && sources[0].host && has_wildcards(sources[0].path);
    bool named_as_one = !target_link_ && !settings_.recursive && !is_pattern && target_path_.ends_with('/');   // -r makes it
    if (into_ || (sources.size() == 1 && !settings_.into_directory && !named_as_one))
        return {};
    if (!target_link_)
        return fail(no_directory(target_path_));
    auto made = TRY(target_link_->ask(
        [&](auto& client, auto& ticket) { return client.make_directory(ticket, target_path_, 0777); }));
    if (!made.done())
        return system_failure(fmt::format("remote mkdir \"{}\": {}", printable_line(target_path_), made.reason));
    into_ = true;
    return {};
}

Result<void> SftpCopies::add(sftp::Copier& copier, SftpLink* link, const CopyPlace& source)
{
    std::vector<GlobMatch> named{{source.path, {}}};
    struct stat facts_here {};
    if (!link && target_link_ && ::stat(source.path.c_str(), &facts_here) != 0)
        misses_own_files_ = true;
    if (link) {
        auto expanded = TRY(expand(*link, source.path));
        named[0].path = expanded.path;
        if (has_wildcards(expanded.pattern)) {
            auto found = TRY(remote_glob(*link, expanded.pattern));
            if (!found.empty())                                   // else the name itself is meant
                named = std::move(found);
        }
    }
    if (named.size() > 1 && !into_)
        TRY(make_folder());
    if (named.size() == 1 && !into_ && !target_link_ && !settings_.recursive && target_path_.ends_with('/'))
        return fail(no_directory(target_path_));
    for (auto& [path, facts] : named) {
        auto name = into_ && !link ? copy_name_here(path) : std::string{};
        if (into_ && link)
            name = TRY(copy_name(*link, path));
        copier.add(path, place_in(target_path_, name), facts);
    }
    return {};
}

Result<void> SftpCopies::make_folder()
{
    into_ = !target_link_ && ::mkdir(target_path_.c_str(), 0777) == 0;
    if (into_)
        return {};
    if (target_link_ || errno == EEXIST)
        return bad_input(fmt::format("{}: Not a directory", printable_line(target_path_)));
    return bad_input(fmt::format("local mkdir \"{}\": {}", printable_line(target_path_), os_error_text(errno)));
}

Result<bool> SftpCopies::copy_from(SftpLink* link, const std::vector<const CopyPlace*>& sources)
{
    sftp::Site& from = link ? static_cast<sftp::Site&>(link->client()) : here_;
    sftp::Site& to = target_link_ ? static_cast<sftp::Site&>(target_link_->client()) : here_;
    here_.read_into(target_link_ ? target_link_->kernel_path() : nullptr);
    sftp::Copier copier{from, to, settings_.copies()};
    bool all_known = true;
    for (auto* source : sources) {
        auto added = add(copier, link, *source);
        if (!added && added.error().kind != ErrorKind::bad_input)
            return fail(std::move(added).error());
        if (!added)
            complain(added.error().what);                         // of this one; the others come
        all_known = all_known && added;
    }
    Meter meter{!settings_.quiet};
    auto result = TRY(run_copy({.copier = copier, .source = link, .sink = target_link_.get(), .meter = meter,
                                .complain = [](std::string_view sentence) { complain(sentence); },
                                .lanes = lanes_ && !link ? &*lanes_ : nullptr}));
    if (result.interrupted)
        return bad_input("Interrupted");
    return result.success() && all_known;
}

Result<bool> SftpCopies::copy_here(const std::vector<const CopyPlace*>& sources)
{
    if (settings_.atomic)
        return bad_input("--atomic is for copies from and to a host: within this machine, cp and mv do that");
    bool all = true;
    for (auto* source : sources) {
        auto whole = TRY(copy_within_machine(settings_, source->path, target_path_));
        all &= whole;
    }
    return all;
}

Result<bool> SftpCopies::run(const std::vector<CopyPlace>& sources, const CopyPlace& target)
{
    TRY(prepare_target(target, sources));
    bool all = true;
    // What comes from one place in a row is one copy, with everything in flight at once.
    for (std::size_t begin = 0, end = 0; begin < sources.size(); begin = end) {
        std::vector<const CopyPlace*> together;
        auto& host = sources[begin].host;
        for (end = begin; end < sources.size() && sources[end].host == host; ++end)
            together.push_back(&sources[end]);
        SftpLink* link = nullptr;
        if (host)
            link = TRY(link_to(*host));
        auto whole = TRY(link || target_link_ ? copy_from(link, together) : copy_here(together));
        all &= whole;
    }
    return all;
}

} // namespace

int copy_over_sftp(const Settings& settings, const std::vector<CopyPlace>& sources, const CopyPlace& target)
{
    notice_interrupts();
    SftpCopies copies{settings};
    auto done = copies.run(sources, target);
    if (done && copies.misses_own_files())
        return exit_lost;                                         // as OpenSSH's, which gives up there
    if (done)
        return *done ? 0 : 1;
    complain(done.error().what);
    return done.error().kind == ErrorKind::bad_input ? 1 : exit_lost;
}

} // namespace nacre::scp_tool
