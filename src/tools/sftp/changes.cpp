// What changes one file, or each that a pattern matches: modes and owners, links, names, directories.
#include "base/text.h"
#include "sftp/names.h"
#include "tools/sftp/commands.h"

namespace nacre::sftp_tool {

namespace {

// Sets what `attributes_for` makes of each match's own; it returns nothing after saying why not.
Result<bool> change_each(Shell& shell, const Call& call, std::string_view verb,
                         const std::function<std::optional<sftp::Attributes>(const sftp::Attributes&)>& attributes_for)
{
    auto found = TRY(shell.matches(call.words[1]));
    bool all = !found.empty();
    for (auto& match : found) {
        auto links = call.has('h') ? sftp::Links::shown : sftp::Links::followed;
        auto facts = TRY(shell.look(match.path, links));
        auto wanted = attributes_for(facts.value_or(match.attributes));
        if (!wanted) {
            shell.complain("Can't get current ownership of remote file \"{}\"", printable_line(match.path));
            all = false;
            continue;
        }
        if (!shell.preferences.quiet)
            shell.say("Changing {} on {}", verb, printable_line(match.path));
        all &= TRY(shell.try_ask("remote setstat", match.path, [&](auto& client, auto& ticket) {
            return call.has('h') ? client.set_link(ticket, match.path, *wanted) : client.set_path(ticket, match.path, *wanted);
        }));
    }
    return all;
}

std::optional<std::uint32_t> id_of(Shell& shell, const Call& call)
{
    auto id = parse_number<std::uint32_t>(call.words[0]);
    if (!id)
        shell.complain("\"{}\" is no number: a server knows users and groups by theirs", printable_line(call.words[0]));
    return id;
}

Result<bool> change_owner(Shell& shell, const Call& call, std::string_view verb, std::uint32_t sftp::Owner::* member)
{
    auto id = id_of(shell, call);
    if (!id)
        return false;
    return change_each(shell, call, verb, [&](const sftp::Attributes& now) -> std::optional<sftp::Attributes> {
        if (!now.owner)
            return std::nullopt;
        sftp::Attributes wanted;
        wanted.owner = now.owner;
        (*wanted.owner).*member = *id;
        return wanted;
    });
}

} // namespace

Result<bool> chmod(Shell& shell, const Call& call)
{
    auto mode = parse_number<std::uint32_t>(call.words[0], 8);
    if (!mode || *mode > 07777) {
        shell.complain("\"{}\" is no mode: octal digits, as 644", printable_line(call.words[0]));
        return false;
    }
    return change_each(shell, call, "mode", [&](const sftp::Attributes&) {
        sftp::Attributes wanted;
        wanted.permissions = mode;
        return std::optional{wanted};
    });
}

Result<bool> chown(Shell& shell, const Call& call) { return change_owner(shell, call, "owner", &sftp::Owner::uid); }

Result<bool> chgrp(Shell& shell, const Call& call) { return change_owner(shell, call, "group", &sftp::Owner::gid); }

Result<bool> mkdir(Shell& shell, const Call& call)
{
    auto path = shell.absolute_name(call.words[0]);
    return shell.try_ask("remote mkdir", path,
                         [&](auto& client, auto& ticket) { return client.make_directory(ticket, path, 0777); });
}

Result<bool> rmdir(Shell& shell, const Call& call)
{
    auto path = shell.absolute_name(call.words[0]);
    return shell.try_ask("remote rmdir", path,
                         [&](auto& client, auto& ticket) { return client.remove_directory(ticket, path); });
}

namespace {

// What two names are needed for: either may be the one that is wrong.
Result<bool> try_with_both(Shell& shell, std::string_view what, std::string_view from, std::string_view to,
                           const SftpLink::Request& request)
{
    auto answer = TRY(shell.link().ask(request));
    if (!answer.done())
        shell.complain("{} \"{}\" to \"{}\": {}", what, printable_line(from), printable_line(to), answer.reason);
    return answer.done();
}

// What the target held before may have been longer.
Result<bool> cut_to_size_of(Shell& shell, const std::string& source, const std::string& sink, const std::string& to)
{
    auto facts = TRY(shell.link().ask([&](auto& client, auto& ticket) { return client.look_at(ticket, source); }));
    if (!facts.done() || !facts.attributes.size) {
        shell.complain("remote fstat \"{}\": {}: it may keep the end of what was there", printable_line(to),
                       facts.done() ? "no size" : facts.reason);
        return false;
    }
    sftp::Attributes beginning;
    beginning.size = facts.attributes.size;
    return shell.try_ask("remote truncate", to,
                         [&](auto& client, auto& ticket) { return client.set(ticket, sink, beginning); });
}

} // namespace

Result<bool> rename(Shell& shell, const Call& call)
{
    auto from = shell.absolute_name(call.words[0]), to = shell.absolute_name(call.words[1]);
    auto rule = call.has('l') ? sftp::Client::RenameRule::never_over_another : sftp::Client::RenameRule::posix_if_possible;
    return try_with_both(shell, "remote rename", from, to,
                         [&](auto& client, auto& ticket) { return client.rename(ticket, from, to, rule); });
}

Result<bool> symlink(Shell& shell, const Call& call)
{
    auto target = without_glob_escapes(call.words[0]);            // a link's text is as typed, not made absolute
    auto path = shell.absolute_name(call.words[1]);
    return try_with_both(shell, "remote symlink", target, path,
                         [&](auto& client, auto& ticket) { return client.symbolic_link(ticket, target, path); });
}

Result<bool> ln(Shell& shell, const Call& call)
{
    if (call.has('s'))
        return symlink(shell, call);
    auto from = shell.absolute_name(call.words[0]), to = shell.absolute_name(call.words[1]);
    return try_with_both(shell, "remote link", from, to,
                         [&](auto& client, auto& ticket) { return client.hard_link(ticket, from, to); });
}

Result<bool> copy(Shell& shell, const Call& call)
{
    auto from = shell.absolute_name(call.words[0]), to = shell.absolute_name(call.words[1]);
    auto facts = TRY(shell.look(from));
    if (!facts || facts->kind() == sftp::FileKind::directory) {
        shell.complain("Cannot copy \"{}\": {}", printable_line(from), facts ? "is a directory" : "No such file or directory");
        return false;
    }
    bool into = TRY(shell.is_directory(to));
    if (into)
        to = sftp::join_path(to, sftp::last_component(from));
    auto& link = shell.link();
    // Before the target is opened, which empties it.
    if (!link.client().supports(sftp::extension::copy_data)) {
        shell.complain("Server does not support copy-data extension");
        return false;
    }
    auto real_from = TRY(shell.real_path(from));
    auto real_to = TRY(shell.real_path(to));
    if (real_from && real_from == real_to) {
        shell.complain("Cannot copy \"{}\": the target is the same file", printable_line(from));
        return false;
    }
    auto source = TRY(link.ask([&](auto& client, auto& ticket) { return client.open_to_read(ticket, from); }));
    if (!source.done()) {
        shell.complain("remote open \"{}\": {}", printable_line(from), source.reason);
        return false;
    }
    // Emptied only by what is copied: the server may know both names for the same file, and refuse.
    sftp::SinkFile how{.mode = facts->mode(0666) & 0777, .truncate = false};
    auto sink = TRY(link.ask([&](auto& client, auto& ticket) { return client.open_to_write(ticket, to, how); }));
    bool done = sink.done();
    if (done) {
        done = TRY(shell.try_ask("remote copy to", to, [&](auto& client, auto& ticket) {
            return client.copy_data(ticket, source.handle, sink.handle, 0);
        }));
        if (done)
            done = TRY(cut_to_size_of(shell, source.handle, sink.handle, to));
        bool closed = TRY(shell.try_ask("remote close", to, [&](auto& client, auto& ticket) {
            return client.close(ticket, sink.handle);
        }));
        done = done && closed;
    } else {
        shell.complain("remote open \"{}\": {}", printable_line(to), sink.reason);
    }
    TRY(link.ask([&](auto& client, auto& ticket) { return client.close(ticket, source.handle); }));
    return done;
}

} // namespace nacre::sftp_tool
