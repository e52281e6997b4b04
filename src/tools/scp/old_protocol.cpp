// Who talks to whom in the old protocol: ssh runs an scp over there, and the dialogue goes through its pipes.
#include "tools/scp/old_protocol.h"

#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "os/process.h"
#include "runtime/local_site.h"
#include "sftp/names.h"
#include "tools/scp/complain.h"
#include "tools/scp/local_copy.h"

namespace nacre::scp_tool {

namespace {

struct RemoteScp {
    Child child;
    Fd to, from;

    // Its exit status, once it has nothing more to hear.
    int finish()
    {
        to.close();
        from.close();
        auto status = child.wait();
        return status && status->success() ? 0 : 1;
    }
};

// "scp -r -p -d", as the other side is to be started.
std::string remote_command(const Settings& settings, bool into_directory)
{
    std::string command{"scp"};
    if (settings.verbosity > 0)
        command += " -v";
    if (settings.recursive)
        command += " -r";
    if (settings.preserve)
        command += " -p";
    if (into_directory)
        command += " -d";
    return command;
}

// The path is the remote shell's to interpret: wildcards and ~ have always worked so.
std::string remote_path(const std::string& path) { return path.starts_with('-') ? "-- " + path : path; }

std::vector<std::string> ssh_words(const Settings& settings, Destination host, const std::string& command)
{
    if (!host.port)
        host.port = settings.port;
    return settings.ssh.words(host, command, SshCommand::Runs::command);
}

Result<RemoteScp> start(const Settings& settings, const Destination& host, const std::string& command)
{
    RemoteScp remote;
    auto in = TRY(make_pipe());
    auto out = TRY(make_pipe());
    auto words = ssh_words(settings, host, command);
    remote.child = TRY(spawn({.program = words.front(), .search_path = true, .arguments = words,
                              .input = in.reader.number(), .output = out.writer.number()}));
    remote.to = std::move(in.writer);
    remote.from = std::move(out.reader);
    return remote;
}

OldEnd end_for(const Settings& settings)
{
    return {.recursive = settings.recursive, .preserve = settings.preserve, .into_directory = settings.into_directory,
            .shows_progress = !settings.quiet};
}

Result<int> upload(const Settings& settings, const std::vector<std::string>& paths, const CopyPlace& target)
{
    bool into = settings.into_directory || paths.size() > 1;
    auto remote = TRY(start(settings, *target.host, remote_command(settings, into) + " -t " + remote_path(target.path)));
    OldStream stream{remote.from.number(), remote.to.number(), settings.bytes_per_second};
    auto sent = send_files(stream, end_for(settings), paths);
    if (!sent)
        complain(sent.error().what);
    int status = remote.finish();
    return sent && sent->failures == 0 ? status : 1;
}

Result<int> download(const Settings& settings, const CopyPlace& source, const CopyPlace& target)
{
    auto remote = TRY(start(settings, *source.host, remote_command(settings, false) + " -f " + remote_path(source.path)));
    OldStream stream{remote.from.number(), remote.to.number(), settings.bytes_per_second};
    auto end = end_for(settings);
    if (!settings.trusts_names) {
        end.request = sftp::last_component(source.path);
        bool is_home = source.path.starts_with('~') && !source.path.contains('/');
        end.is_named_there = end.request == "." || end.request == ".." || end.request == "/" || is_home;
    }
    auto got = receive_files(stream, end, target.path);
    if (!got)
        complain(got.error().what);
    int status = remote.finish();
    return got && got->failures == 0 ? status : 1;
}

// The two talk to each other; we only lend the pipes.
Result<int> between(const Settings& settings, const CopyPlace& source, const CopyPlace& target, bool into)
{
    auto first = TRY(start(settings, *source.host, remote_command(settings, false) + " -f " + remote_path(source.path)));
    auto batch = settings;
    batch.ssh.set("BatchMode=yes");                               // one may ask for a password, not both
    auto words = ssh_words(batch, *target.host, remote_command(settings, into) + " -t " + remote_path(target.path));
    auto second = TRY(spawn({.program = words.front(), .search_path = true, .arguments = words,
                             .input = first.from.number(), .output = first.to.number()}));
    int status = first.finish();
    auto other = second.wait();
    return other && other->success() ? status : 1;
}

Result<int> copy_one(const Settings& settings, const CopyPlace& source, const CopyPlace& target, bool into)
{
    if (source.host && target.host)
        return between(settings, source, target, into);
    if (source.host)
        return download(settings, source, target);
    if (target.host)
        return upload(settings, {source.path}, target);
    bool whole = TRY(copy_within_machine(settings, source.path, target.path));
    return whole ? 0 : 1;
}

} // namespace

int copy_by_old_protocol(const Settings& settings, const std::vector<CopyPlace>& sources, const CopyPlace& target)
{
    bool into = settings.into_directory || sources.size() > 1;
    if (into && !target.host && !is_local_directory(target.path)) {
        complain(fmt::format("{}: Not a directory", printable_line(target.path)));
        return 1;
    }
    int worst = 0;
    auto note = [&](const Result<int>& status) {
        if (!status)
            complain(status.error().what);
        worst = std::max(worst, status.value_or(1));
    };
    std::vector<std::string> local;                               // what goes to one host in one dialogue
    for (auto& source : sources) {
        if (target.host && !source.host)
            local.push_back(source.path);
        else
            note(copy_one(settings, source, target, into));
    }
    auto together = settings;
    together.into_directory = into;
    if (!local.empty())
        note(upload(together, local, target));
    return worst;
}

int serve_old_protocol(const Settings& settings)
{
    OldStream stream{0, 1, settings.bytes_per_second};
    OldEnd end{.recursive = settings.recursive, .preserve = settings.preserve, .into_directory = settings.into_directory,
               .remote = true};
    auto done = settings.role == Role::source ? send_files(stream, end, settings.words)
                                              : receive_files(stream, end, settings.words.front());
    return done && done->failures == 0 ? 0 : 1;
}

} // namespace nacre::scp_tool
