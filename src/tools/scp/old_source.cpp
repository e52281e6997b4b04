// The sending end of the old protocol.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "scp/records.h"
#include "sftp/names.h"
#include "tools/copy/meter.h"
#include "tools/scp/complain.h"
#include "tools/scp/old_protocol.h"

namespace nacre::scp_tool {

namespace {

constexpr int deepest = 256;
constexpr std::size_t block = std::size_t{256} << 10;

class Source {
public:
    Source(OldStream& stream, const OldEnd& end) : stream_(stream), end_(end), meter_(end.shows_progress) {}

    Result<void> send(const std::string& path, int depth);
    int failures() const { return failures_; }

private:
    Result<void> send_file(const std::string& path, const Fd& file, const struct ::stat& facts);
    Result<void> send_directory(const std::string& path, const struct ::stat& facts, int depth);
    Result<std::string> send_content(const std::string& path, const Fd& file, std::uint64_t size);
    Result<bool> announce(const std::string& line);               // false: the peer does not want it, and said why
    Result<bool> announce_times(const struct ::stat& facts);
    Result<void> complain_both(const std::string& sentence);
    Result<bool> hear();

    OldStream& stream_;
    const OldEnd& end_;
    Meter meter_;
    std::vector<std::string> above_{};                            // the folders in which it lies, without links
    int failures_ = 0;
};

Result<void> Source::complain_both(const std::string& sentence)
{
    ++failures_;
    meter_.clear();
    if (!end_.remote)
        complain(sentence);
    return stream_.write(scp::error_line(sentence));
}

Result<bool> Source::hear()
{
    auto reply = TRY(stream_.reply());
    if (reply.accepted)
        return true;
    ++failures_;
    meter_.clear();
    if (!end_.remote)
        say(stderr, "{}\n", printable_line(reply.complaint));
    if (reply.ends)
        return peer_misbehaved("the other side gave up");
    return false;
}

Result<bool> Source::announce(const std::string& line)
{
    TRY(stream_.write(line));
    return hear();
}

Result<bool> Source::announce_times(const struct ::stat& facts)
{
    if (!end_.preserve)
        return true;
    auto time = [](std::time_t when) { return static_cast<std::uint64_t>(std::max<std::time_t>(when, 0)); };
    return announce(scp::to_line(scp::TimesRecord{time(facts.st_mtime), time(facts.st_atime)}));
}

// What the file is called there: for ".", ".." and "/" the name of the directory it is.
std::string sent_name(const std::string& path)
{
    auto name = std::string{sftp::last_component(path)};
    if (is_plain_name(name))
        return name;
    auto real = real_path(path);
    return real ? std::string{sftp::last_component(*real)} : name;
}

Result<void> Source::send(const std::string& path, int depth)
{
    Fd file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    struct ::stat facts {};
    if (!file || ::fstat(file.number(), &facts) != 0)
        return complain_both(fmt::format("{}: {}", printable_line(path), os_error_text(errno)));
    if (S_ISDIR(facts.st_mode) && !end_.recursive)
        return complain_both(fmt::format("{}: is a directory: -r copies all that is in it", printable_line(path)));
    if (S_ISDIR(facts.st_mode) && depth > deepest)
        return complain_both(fmt::format("{}: lies too deep", printable_line(path)));
    if (S_ISDIR(facts.st_mode)) {
        auto real = real_path(path);
        if (real && std::ranges::any_of(above_, [&](auto& folder) { return sftp::lies_in(folder, *real); }))
            return complain_both(fmt::format("{}: leads back to a folder that it lies in: left out", printable_line(path)));
        above_.push_back(real ? *real : std::string{});
        auto sent = send_directory(path, facts, depth);
        above_.pop_back();
        return sent;
    }
    if (!S_ISREG(facts.st_mode))
        return complain_both(fmt::format("{}: not a regular file", printable_line(path)));
    return send_file(path, file, facts);
}

Result<void> Source::send_file(const std::string& path, const Fd& file, const struct ::stat& facts)
{
    bool wanted = TRY(announce_times(facts));
    if (!wanted)
        return {};
    auto size = static_cast<std::uint64_t>(facts.st_size);
    wanted = TRY(announce(scp::to_line(scp::FileRecord{facts.st_mode & 07777, size, sent_name(path)})));
    if (!wanted)
        return {};
    auto problem = TRY(send_content(path, file, size));
    if (problem.empty())
        TRY(stream_.ok());
    else
        TRY(complain_both(fmt::format("{}: {}", printable_line(path), problem)));
    TRY(hear());
    return {};
}

// Why it could not be read whole; empty: it could.  As many bytes as were announced go out in any case.
Result<std::string> Source::send_content(const std::string& path, const Fd& file, std::uint64_t size)
{
    std::string problem;
    ByteVector buffer(block);
    auto begun = std::chrono::steady_clock::now();
    for (std::uint64_t done = 0; done < size;) {
        auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - done));
        auto got = problem.empty() ? ::read(file.number(), buffer.data(), wanted) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (problem.empty())
                problem = got < 0 ? os_error_text(errno) : "file became shorter";
            std::ranges::fill(buffer, std::uint8_t{0});
            got = static_cast<ssize_t>(wanted);
        }
        TRY(stream_.write(Bytes{buffer}.first(static_cast<std::size_t>(got))));
        done += static_cast<std::uint64_t>(got);
        meter_.show(std::chrono::steady_clock::now(), [&] {
            return Meter::State{{.files = 1, .bytes = size, .bytes_done = done}, sftp::CurrentFile{path, size, done}};
        });
    }
    if (problem.empty())
        meter_.finished({.path = path, .size = size, .took = std::chrono::steady_clock::now() - begun});
    return problem;
}

// As far as it can be read.
std::vector<std::string> names_in(const std::string& path, std::string& problem)
{
    std::vector<std::string> names;
    auto* stream = ::opendir(path.c_str());
    if (!stream) {
        problem = os_error_text(errno);
        return names;
    }
    for (;;) {
        errno = 0;
        auto* entry = ::readdir(stream);
        if (!entry && errno != 0)
            problem = os_error_text(errno);
        if (!entry)
            break;
        if (is_plain_name(entry->d_name))
            names.emplace_back(entry->d_name);
    }
    ::closedir(stream);
    return names;
}

Result<void> Source::send_directory(const std::string& path, const struct ::stat& facts, int depth)
{
    bool wanted = TRY(announce_times(facts));
    if (!wanted)
        return {};
    wanted = TRY(announce(scp::to_line(scp::DirectoryRecord{facts.st_mode & 07777, sent_name(path)})));
    if (!wanted)
        return {};
    std::string problem;
    auto names = names_in(path, problem);
    if (!problem.empty())
        TRY(complain_both(fmt::format("{}: {}", printable_line(path), problem)));
    for (auto& name : names)
        TRY(send(sftp::join_path(path, name), depth + 1));
    TRY(announce("E\n"));
    return {};
}

} // namespace

Result<OldOutcome> send_files(OldStream& stream, const OldEnd& end, const std::vector<std::string>& paths)
{
    Source source{stream, end};
    auto ready = TRY(stream.reply());
    if (!ready.accepted)
        return bad_input(printable_line(ready.complaint));
    for (auto& path : paths)
        TRY(source.send(path, 0));
    return OldOutcome{source.failures()};
}

} // namespace nacre::scp_tool
