// cd, pwd, df and version.
#include "base/text.h"
#include "tools/sftp/commands.h"
#include "tools/sftp/listing.h"

namespace nacre::sftp_tool {

Result<bool> cd(Shell& shell, const Call& call)
{
    if (call.words.empty()) {
        shell.set_directory(shell.start());
        return true;
    }
    auto typed = call.words[0];
    auto path = shell.absolute_name(typed);
    bool is_there = TRY(shell.is_directory(path));
    if (!is_there && has_wildcards(typed)) {                      // a kindness: one match is as good as its name
        auto found = TRY(shell.matches(typed));
        if (found.size() > 1)
            shell.complain("Can't change directory: \"{}\" stands for {} names", printable_line(path), found.size());
        if (found.size() != 1)
            return false;
        path = found[0].path;
    }
    auto real = TRY(shell.real_path(path));
    auto facts = TRY(shell.look(real.value_or(path)));
    if (!real || !facts) {
        shell.complain("Can't change directory: \"{}\": No such file or directory", printable_line(path));
        return false;
    }
    if (facts->permissions && facts->kind() != sftp::FileKind::directory) {
        shell.complain("Can't change directory: \"{}\" is not a directory", printable_line(*real));
        return false;
    }
    shell.set_directory(*real);
    return true;
}

Result<bool> pwd(Shell& shell, const Call&)
{
    shell.say("Remote working directory: {}", printable_line(shell.directory()));
    return true;
}

Result<bool> version(Shell& shell, const Call&)
{
    shell.say("SFTP protocol version {}", shell.link().client().version());
    return true;
}

namespace {

// Of all that there is, root's part too, as OpenSSH has it: df(1) has another rule.
std::string percent_used(std::uint64_t used, std::uint64_t all)
{
    if (all == 0)
        return "ERR";
    return fmt::format("{:>3}%", static_cast<unsigned>(100.0 * static_cast<double>(used) / static_cast<double>(all)));
}

} // namespace

Result<bool> df(Shell& shell, const Call& call)
{
    auto path = call.words.empty() ? shell.directory() : shell.absolute_name(call.words[0]);
    auto answer = TRY(shell.link().ask([&](auto& client, auto& ticket) { return client.file_system(ticket, path); }));
    auto facts = answer.done() ? decode<sftp::extension::FileSystemFacts>(answer.data) : fail({});
    if (!facts) {
        shell.complain("remote statvfs(\"{}\"): {}", printable_line(path), answer.done() ? "the answer makes no sense" : answer.reason);
        return false;
    }
    auto blocks_used = facts->blocks - std::min(facts->blocks, facts->blocks_free);
    auto files_used = facts->files - std::min(facts->files, facts->files_free);
    if (call.has('i')) {
        shell.say("     Inodes        Used       Avail      (root)    %Capacity");
        shell.say("{:>11} {:>11} {:>11} {:>11}         {}", facts->files, files_used, facts->files_available,
                  facts->files_free, percent_used(files_used, facts->files));
        return true;
    }
    auto unit = facts->fragment_size == 0 ? facts->block_size : facts->fragment_size;
    auto capacity = percent_used(blocks_used, facts->blocks);
    auto scaled = [&](std::uint64_t blocks) { return fmt::format("{}B", human_size(blocks * unit)); };
    if (call.has('h')) {
        shell.say("    Size     Used    Avail   (root)    %Capacity");
        shell.say("{:>8} {:>8} {:>8} {:>8}         {}", scaled(facts->blocks), scaled(blocks_used),
                  scaled(facts->blocks_available), scaled(facts->blocks_free), capacity);
        return true;
    }
    auto kibibytes = [&](std::uint64_t blocks) { return blocks * (unit / 512) / 2; };
    shell.say("        Size         Used        Avail       (root)    %Capacity");
    shell.say("{:>12} {:>12} {:>12} {:>12}         {}", kibibytes(facts->blocks), kibibytes(blocks_used),
              kibibytes(facts->blocks_available), kibibytes(facts->blocks_free), capacity);
    return true;
}

} // namespace nacre::sftp_tool
