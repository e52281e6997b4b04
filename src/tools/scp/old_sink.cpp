// The receiving end of the old protocol.
//
// The peer decides what comes, so everything is checked: names are plain components (scp/records.h), fit the request at
// the top, directories come only with -r, and the attributes of the target itself are nobody's business but ours.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "base/text.h"
#include "os/print.h"
#include "os/system_error.h"
#include "runtime/local_site.h"
#include "scp/records.h"
#include "sftp/names.h"
#include "tools/copy/meter.h"
#include "tools/scp/complain.h"
#include "tools/scp/old_protocol.h"

namespace nacre::scp_tool {

namespace {

constexpr int deepest = 256;
constexpr std::size_t block = std::size_t{256} << 10;

timespec seconds(std::uint64_t time) { return {.tv_sec = static_cast<time_t>(time), .tv_nsec = 0}; }

// A time that this machine has no number for is none; the file comes all the same.
bool has_these(const scp::TimesRecord& times)
{
    constexpr auto latest = static_cast<std::uint64_t>(std::numeric_limits<time_t>::max());
    return times.modification <= latest && times.access <= latest;
}

mode_t current_umask()
{
    auto mask = ::umask(0);
    ::umask(mask);
    return mask;
}

class Sink {
public:
    Sink(OldStream& stream, const OldEnd& end) : stream_(stream), end_(end), meter_(end.shows_progress) {}

    Result<void> run(const std::string& target)
    {
        if (end_.into_directory && !is_local_directory(target))
            return bad_input(fmt::format("{}: Not a directory", printable_line(target)));
        TRY(stream_.ok());
        return receive(target, 0);
    }
    int failures() const { return failures_; }

private:
    using Times = std::optional<scp::TimesRecord>;

    Result<void> receive(const std::string& target, int depth);
    Result<bool> take(const scp::Record& record, const std::string& target, int depth, Times& times);   // false: the end
    Result<void> take_directory(const scp::DirectoryRecord& record, const std::string& path, int depth, const Times& times);
    Result<void> take_file(const scp::FileRecord& record, const std::string& path, const Times& times);
    Result<std::string> take_content(Fd& file, const scp::FileRecord& record, const std::string& path);
    static void cut_behind_what_is_written(const Fd& file);
    std::string finish_directory(const std::string& path, mode_t mode, bool created, const Times& times);
    std::string finish_file(Fd& file, const scp::FileRecord& record, bool existed, const Times& times);
    Result<void> complain_both(std::string sentence);

    OldStream& stream_;
    const OldEnd& end_;
    Meter meter_;
    int failures_ = 0;
    bool has_first_ = false;                                      // of what was asked for
};

Result<void> Sink::complain_both(std::string sentence)
{
    ++failures_;
    meter_.clear();
    if (!end_.remote)
        complain(sentence);
    return stream_.write(scp::error_line(sentence));
}

Result<void> Sink::receive(const std::string& target, int depth)
{
    if (depth > deepest)
        return peer_misbehaved("protocol error: directories lie too deep");
    Times times;
    for (;;) {
        auto first = TRY(stream_.byte());
        if (!first)
            return depth == 0 ? Result<void>{} : peer_misbehaved("lost connection");
        auto rest = TRY(stream_.line());
        auto record = TRY(scp::parse_record(static_cast<char>(*first) + rest));
        bool more = TRY(take(record, target, depth, times));
        if (!more)
            return {};
    }
}

Result<bool> Sink::take(const scp::Record& record, const std::string& target, int depth, Times& times)
{
    if (auto* error = std::get_if<scp::ErrorRecord>(&record)) {
        ++failures_;
        if (!end_.remote)
            say(stderr, "{}\n", printable_line(error->sentence));
        if (error->last)
            return peer_misbehaved("the other side gave up");
        return true;
    }
    if (std::holds_alternative<scp::EndRecord>(record)) {
        if (depth == 0)
            return peer_misbehaved("protocol error: the end of no directory");
        return false;                                             // answered by take_directory()
    }
    if (auto* announced = std::get_if<scp::TimesRecord>(&record)) {
        times = has_these(*announced) ? std::optional{*announced} : std::nullopt;
        TRY(stream_.ok());
        return true;
    }
    auto* directory = std::get_if<scp::DirectoryRecord>(&record);
    if (depth == 0 && std::exchange(has_first_, true) && !is_local_directory(target)) {   // the last would be all that is left
        TRY(complain_both(fmt::format("{}: Not a directory", printable_line(target))));
        times.reset();
        return true;
    }
    auto& name = directory ? directory->name : std::get<scp::FileRecord>(record).name;
    bool is_asked_for = (end_.is_named_there && directory) || end_.request.empty() || scp::fits_request(name, end_.request);
    if (depth == 0 && !is_asked_for)
        return peer_misbehaved(fmt::format("filename \"{}\" does not match what was asked for", printable_line(name)));
    if (directory && !end_.recursive)
        return peer_misbehaved("received a directory without -r");
    auto path = is_local_directory(target) ? sftp::join_path(target, name) : target;
    auto its_times = end_.preserve ? std::exchange(times, std::nullopt) : std::nullopt;
    times.reset();
    if (directory)
        TRY(take_directory(*directory, path, depth, its_times));
    else
        TRY(take_file(std::get<scp::FileRecord>(record), path, its_times));
    return true;
}

Result<void> Sink::take_directory(const scp::DirectoryRecord& record, const std::string& path, int depth, const Times& times)
{
    auto mode = static_cast<mode_t>(record.mode & (end_.preserve ? 07777 : 0777));
    bool created = false;
    if (!is_local_directory(path)) {
        if (::mkdir(path.c_str(), mode | 0700) != 0)
            return complain_both(fmt::format("{}: {}", printable_line(path), os_error_text(errno)));
        created = true;
    }
    TRY(stream_.ok());
    TRY(receive(path, depth + 1));
    auto problem = finish_directory(path, mode, created, times);
    if (!problem.empty())
        return complain_both(fmt::format("{}: {}", printable_line(path), problem));
    return stream_.ok();
}

// What could not be set first: the end of a directory has one answer, or the peer would take the second for that to
// what it says next.
std::string Sink::finish_directory(const std::string& path, mode_t mode, bool created, const Times& times)
{
    std::string problem;
    auto note = [&](bool success, std::string_view what) {
        if (!success && problem.empty())
            problem = fmt::format("{}: {}", what, os_error_text(errno));
    };
    if (times) {
        timespec when[]{seconds(times->access), seconds(times->modification)};
        note(::utimensat(AT_FDCWD, path.c_str(), when, 0) == 0, "set times");
    }
    bool mode_differs = created && (mode & 0700) != 0700;
    if (!end_.preserve)
        mode &= ~current_umask();
    if (end_.preserve || mode_differs)
        note(::chmod(path.c_str(), mode) == 0, "set mode");
    return problem;
}

Result<void> Sink::take_file(const scp::FileRecord& record, const std::string& path, const Times& times)
{
    struct ::stat facts {};
    bool existed = ::stat(path.c_str(), &facts) == 0;
    auto mode = static_cast<mode_t>((record.mode & 0777) | 0200);
    Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, mode)};
    if (!file)
        return complain_both(fmt::format("{}: {}", printable_line(path), os_error_text(errno)));
    TRY(stream_.ok());
    auto taken = take_content(file, record, path);
    if (!taken)                                                   // as far as it came
        cut_behind_what_is_written(file);
    auto problem = TRY(std::move(taken));
    auto reply = TRY(stream_.reply());
    if (!reply.accepted) {                                        // the peer could not read all of it
        ++failures_;
        if (!end_.remote)
            say(stderr, "{}\n", printable_line(reply.complaint));
    }
    // What could not be written whole must not look as if it were.
    if (problem.empty())
        problem = finish_file(file, record, existed, times);
    else
        cut_behind_what_is_written(file);
    if (!problem.empty())
        return complain_both(fmt::format("{}: {}", printable_line(path), problem));
    return stream_.ok();
}

// Why it could not be written; empty: it could.  What does not fit is read all the same: the next file follows.
Result<std::string> Sink::take_content(Fd& file, const scp::FileRecord& record, const std::string& path)
{
    std::string problem;
    ByteVector buffer(block);
    auto begun = std::chrono::steady_clock::now();
    for (std::uint64_t done = 0; done < record.size;) {
        auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), record.size - done));
        auto count = TRY(stream_.some(MutableBytes{buffer}.first(wanted)));
        if (problem.empty())
            if (auto written = write_all(file.number(), Bytes{buffer}.first(count)); !written)
                problem = os_error_text(written.error().os_error);
        done += count;
        meter_.show(std::chrono::steady_clock::now(), [&] {
            return Meter::State{{.files = 1, .bytes = record.size, .bytes_done = done}, sftp::CurrentFile{path, record.size, done}};
        });
    }
    if (problem.empty())
        meter_.finished({.path = path, .size = record.size, .took = std::chrono::steady_clock::now() - begun});
    return problem;
}

void Sink::cut_behind_what_is_written(const Fd& file)
{
    auto end = ::lseek(file.number(), 0, SEEK_CUR);
    if (end >= 0)
        (void)!::ftruncate(file.number(), end);
}

std::string Sink::finish_file(Fd& file, const scp::FileRecord& record, bool existed, const Times& times)
{
    std::string problem;
    auto note = [&](bool success, std::string_view what) {
        if (!success && problem.empty())
            problem = fmt::format("{}: {}", what, os_error_text(errno));
    };
    struct ::stat facts {};
    if (::fstat(file.number(), &facts) == 0 && S_ISREG(facts.st_mode))
        note(::ftruncate(file.number(), static_cast<off_t>(record.size)) == 0, "truncate");
    if (end_.preserve)
        note(::fchmod(file.number(), static_cast<mode_t>(record.mode & 07777)) == 0, "set mode");
    else if (!existed && (record.mode & 0200) == 0)               // made writable only to be written
        note(::fchmod(file.number(), static_cast<mode_t>(record.mode & 0777 & ~current_umask())) == 0, "set mode");
    if (times) {
        timespec when[]{seconds(times->access), seconds(times->modification)};
        note(::futimens(file.number(), when) == 0, "set times");
    }
    note(::close(file.release()) == 0, "close");
    return problem;
}

} // namespace

Result<OldOutcome> receive_files(OldStream& stream, const OldEnd& end, const std::string& target)
{
    Sink sink{stream, end};
    auto done = sink.run(target);
    if (!done) {
        // Told to the peer as well, who would wait for an answer.
        (void)stream.write(scp::error_line(done.error().what));
        return fail(done.error());
    }
    return OldOutcome{sink.failures()};
}

} // namespace nacre::scp_tool
