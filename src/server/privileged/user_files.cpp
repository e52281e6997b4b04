// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/user_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "config/expand.h"
#include "config/none.h"
#include "keys/authorized_keys.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "runtime/config_sources.h"
#include "server/message_socket.h"
#include "server/network_log.h"
#include "server/network_messages.h"

namespace nacre {
namespace {

constexpr std::size_t longest_whole_file = 8 * 1024 * 1024;        // bytes
constexpr std::size_t longest_file = 256 * 1024 * 1024;            // in pieces, so it is the time that is bounded
constexpr std::size_t largest_piece = 4 * 1024 * 1024;
constexpr std::size_t most_files = 100;                           // of one pattern

struct LineSearchDone {
    static constexpr std::string_view name = "line-search-done";
    static constexpr MessageNumber number{1};
    bool found = false;
    std::string line;                                             // as it stands in the file
    std::string place;
    using fields = Fields<&LineSearchDone::found, &LineSearchDone::line, &LineSearchDone::place>;
};

constexpr std::string_view wildcards = "*?[\\";

// What the account brings along must not work as a pattern: it would reach into other people's files.
std::string without_wildcards(std::string_view text)
{
    std::string escaped;
    for (char c : text) {
        if (wildcards.contains(c))
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// %h, %u, %U, then wildcards; a relative path lies below the home directory.
Result<std::vector<std::string>> paths_for(std::string_view pattern, const UserAccount& account)
{
    bool is_pattern = pattern.find_first_of(wildcards) != std::string_view::npos;
    auto value = [&](std::string_view text) { return is_pattern ? without_wildcards(text) : std::string{text}; };
    Tokens values;
    values.set('h', value(account.home)).set('u', value(account.name)).set('U', std::to_string(account.uid));
    auto path = TRY(expand_tokens(pattern, values, tokens::user_files));
    if (!path.starts_with('/'))
        path = value(account.home) + "/" + path;
    if (!is_pattern)
        return std::vector{path};
    auto paths = SystemConfigSources{}.glob(path);
    paths.resize(std::min(paths.size(), most_files));
    return paths;
}

std::string_view line_at(const FileLines& lines, std::string_view place)
{
    auto number = parse_number<std::size_t>(place.substr(place.rfind(':') + 1)).value_or(lines.first);
    auto text = lines.text;
    for (auto i = lines.first; i < number; ++i)
        text.remove_prefix(text.find('\n') + 1);
    return text.substr(0, text.find('\n'));
}

LineSearchDone search_lines(const FileLines& lines, const SearchOfLine& search, Log& log)
{
    auto place = search(lines, log);
    if (!place)
        return {};
    std::string line{line_at(lines, *place)};
    return {true, std::move(line), *std::move(place)};
}

Result<LineSearchDone> search_in_pieces(int fd, std::uint64_t size, const std::string& path, const SearchOfLine& search,
                                        Log& log)
{
    LinePieces pieces{path, authorized_keys_line_limit};
    ByteVector space(std::clamp<std::uint64_t>(size, 4096, largest_piece));
    std::size_t length = 0;
    for (;;) {
        auto io = TRY(read_some(fd, space));
        length += io.bytes;
        if (length > longest_file)
            return bad_input(fmt::format("{} is longer than {} bytes", path, longest_file));
        auto lines = io.end ? pieces.rest() : pieces.add(as_text(Bytes{space}.first(io.bytes)));
        auto done = search_lines(lines, search, log);
        if (done.found || io.end)
            return done;
    }
}

Result<LineSearchDone> search_file(const std::string& path, const UserFiles& whose, const SearchOfLine& search,
                                   Log& log)
{
    log.debug1("trying {} file {}", whose.what, printable(path));
    auto fd = open_to_read(path);
    if (!fd) {
        bool is_usual = fd.error().os_error == ENOENT || fd.error().os_error == ENOTDIR;
        log.say(is_usual ? LogLevel::debug1 : LogLevel::info, "Could not open user '{}' {} '{}': {}",
                printable(whose.account.name), whose.what, printable(path), os_error_text(fd.error().os_error));
        return LineSearchDone{};
    }
    auto facts = TRY(file_facts(fd->number()));
    if (!facts.is_regular)
        return bad_input(fmt::format("{} is not a regular file", path));
    if (whose.options.strict_modes)
        TRY(check_strict_modes(fd->number(), path, whose.account.home, whose.account.uid));
    if (whose.read == ReadFiles::in_pieces)
        return search_in_pieces(fd->number(), facts.size, path, search, log);
    auto bytes = read_all(fd->number(), longest_whole_file);
    if (!bytes)
        return fail(in_context(path, std::move(bytes).error()));
    return search_lines({as_text(*bytes), path}, search, log);
}

// In the copy of the process.
LineSearchDone search_files(const UserFiles& whose, std::span<const std::string> files, const SearchOfLine& search,
                            Log& log)
{
    if (auto became = become_account(whose.account); !became) {
        log.error("cannot become {}: {}", printable(whose.account.name), printable(became.error().what));
        return {};
    }
    (void)die_with_parent(SIGKILL);                               // a search that hangs does not outlive its connection
    for (auto& pattern : files) {
        if (is_none(pattern))
            continue;
        auto paths = paths_for(pattern, whose.account);
        if (!paths)
            log.info("Authentication refused: {}", printable(paths.error().what));
        for (auto& path : paths.value_or(std::vector<std::string>{})) {
            auto done = search_file(path, whose, search, log);
            if (!done)
                log.info("Authentication refused: {}", printable(done.error().what));
            else if (done->found)
                return *std::move(done);
        }
    }
    return {};
}

Result<LineSearchDone> hear_search(MessageSocket& socket, Log& log)
{
    for (;;) {
        auto message = TRY(socket.receive());
        if (!message)
            return system_failure("the search in the user's files ended early");
        if (message->number() == LogLine::number) {
            auto line = TRY(decode<LogLine>(message->payload));
            if (log.wants(static_cast<LogLevel>(line.level)))
                log.write(static_cast<LogLevel>(line.level), line.text);
            continue;
        }
        return decode<LineSearchDone>(message->payload);
    }
}

} // namespace

Result<void> become_account(const UserAccount& account)
{
    if (!is_root())
        return {};                                                // one's own account: there is nobody else to become
    auto groups = TRY(group_ids_of(account));
    TRY(become(Identity{account.uid, account.gid, std::move(groups)}));
    return forbid_tracing();                                      // after the change of identity, which may allow it; host keys are here
}

Result<std::optional<FoundLine>> find_line_as_user(const UserFiles& whose, std::span<const std::string> files,
                                                   const SearchOfLine& search, Log& log)
{
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    MessageSocket ours{std::move(pair.ours)}, theirs{std::move(pair.theirs)};
    auto forked = TRY(fork_process());
    if (forked.side == ForkSide::child) {
        ours.close();
        NetworkLog to_parent{theirs};
        to_parent.set_level(LogLevel::debug3);
        (void)theirs.send(search_files(whose, files, search, to_parent));
        exit_now(0);
    }
    theirs.close();
    auto done = hear_search(ours, log);
    TRY(forked.child.wait());
    if (!done)
        return fail(std::move(done).error());
    if (!done->found)
        return std::nullopt;
    return FoundLine{std::move(done->line), std::move(done->place)};
}

} // namespace nacre
