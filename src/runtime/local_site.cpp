#include "runtime/local_site.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "runtime/kernel_path.h"

namespace nacre {

using sftp::Answer;
using sftp::Attributes;
using sftp::Outcome;
using sftp::Ticket;

namespace {

constexpr std::size_t entries_at_once = 256;

Answer failed(int reason = errno)
{
    auto outcome = reason == ENOENT                      ? Outcome::no_such_file
                   : reason == EACCES || reason == EPERM ? Outcome::not_permitted
                                                         : Outcome::failed;
    return Answer{.outcome = outcome, .reason = os_error_text(reason)};
}

Answer done_if(bool success) { return success ? Answer{} : failed(); }

timespec seconds(std::uint32_t time) { return {.tv_sec = static_cast<time_t>(time), .tv_nsec = 0}; }

// As many as the process may have, less what others need: standard streams, the way to a server and further channels.
std::uint32_t most_open_files()
{
    constexpr rlim_t most = 256, others = 32;
    struct ::rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return most;
    return static_cast<std::uint32_t>(std::clamp<rlim_t>(limit.rlim_cur - std::min(limit.rlim_cur, others), 1, most));
}

// A name of our own making: nobody else's file, whatever lies there.
int open_private(const std::string& path, int flags, mode_t mode)
{
    if ((flags & O_TRUNC) != 0) {
        ::unlink(path.c_str());
        return ::open(path.c_str(), flags | O_EXCL, mode);
    }
    int fd = ::open(path.c_str(), flags | O_NOFOLLOW, mode);
    struct ::stat facts {};
    if (fd >= 0 && ::fstat(fd, &facts) == 0 && (facts.st_uid != ::geteuid() || !S_ISREG(facts.st_mode))) {
        ::close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

} // namespace

struct LocalSite::OpenDirectory {
    explicit OpenDirectory(DIR* opened) : stream(opened) {}
    ~OpenDirectory() { ::closedir(stream); }
    OpenDirectory(const OpenDirectory&) = delete;
    OpenDirectory& operator=(const OpenDirectory&) = delete;
    DIR* stream;
};

LocalSite::LocalSite() : most_open_(most_open_files()) {}
LocalSite::~LocalSite() = default;

sftp::SiteLimits LocalSite::limits() const
{
    constexpr std::uint32_t large = 1u << 20;
    return {.read_size = large, .write_size = large, .open_files = most_open_, .requests = 1u << 16};
}

Attributes local_attributes(const struct ::stat& facts)
{
    Attributes attributes;
    attributes.size = static_cast<std::uint64_t>(facts.st_size);
    attributes.owner = sftp::Owner{facts.st_uid, facts.st_gid};
    attributes.permissions = facts.st_mode;
    attributes.times = sftp::Times{static_cast<std::uint32_t>(facts.st_atime), static_cast<std::uint32_t>(facts.st_mtime)};
    return attributes;
}

bool is_local_directory(const std::string& path)
{
    struct ::stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

Answer LocalSite::keep(Fd fd)
{
    auto place = static_cast<std::size_t>(fd.number());
    if (files_.size() <= place)
        files_.resize(place + 1);
    Answer answer{.handle = std::to_string(fd.number())};
    files_[place] = std::move(fd);
    return answer;
}

int LocalSite::number(const std::string& handle) const { return parse_number<int>(handle).value_or(-1); }

sftp::Site::Reply LocalSite::look(const Ticket&, const std::string& path, sftp::Links links)
{
    struct ::stat facts {};
    int result = links == sftp::Links::followed ? ::stat(path.c_str(), &facts) : ::lstat(path.c_str(), &facts);
    return result == 0 ? Answer{.attributes = local_attributes(facts)} : failed();
}

sftp::Site::Reply LocalSite::real_path(const Ticket&, const std::string& path)
{
    auto real = nacre::real_path(path);
    if (!real)
        return Answer{.outcome = Outcome::failed, .reason = real.error().what};
    return Answer{.entries = {{.name = *real, .long_name = {}, .attributes = {}}}};
}

sftp::Site::Reply LocalSite::look_at(const Ticket&, const std::string& handle)
{
    struct ::stat facts {};
    return ::fstat(number(handle), &facts) == 0 ? Answer{.attributes = local_attributes(facts)} : failed();
}

sftp::Site::Reply LocalSite::open_to_read(const Ticket&, const std::string& path)
{
    Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    return fd ? keep(std::move(fd)) : failed();
}

sftp::Site::Reply LocalSite::open_to_write(const Ticket&, const std::string& path, const sftp::SinkFile& how)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (how.truncate ? O_TRUNC : 0);
    auto mode = static_cast<mode_t>(how.mode | 0200);
    Fd fd{how.private_name ? open_private(path, flags, mode) : ::open(path.c_str(), flags, mode)};
    return fd ? keep(std::move(fd)) : failed();
}

sftp::Site::Reply LocalSite::read(const Ticket& ticket, const std::string& handle)
{
    if (kernel_path_ && ticket.step == sftp::Step::read && ticket.length - ticket.beyond >= KernelPath::worthwhile) {
        auto taken = kernel_path_->take(number(handle), static_cast<off_t>(ticket.offset), ticket.length);
        if (taken && *taken > 0)
            return Answer{.in_kernel = *taken};
    }
    if (block_.size() < ticket.length)
        block_.resize(ticket.length);
    std::size_t got = 0;
    while (got < ticket.length) {
        auto count = ::pread(number(handle), MutableBytes{block_}.subspan(got).data(), ticket.length - got,
                             static_cast<off_t>(ticket.offset + got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failed();
        if (count == 0)
            break;
        got += static_cast<std::size_t>(count);
    }
    if (got == 0)
        return Answer{.outcome = Outcome::end, .reason = "End of file"};
    return Answer{.data = Bytes{block_}.first(got)};
}

sftp::Site::Reply LocalSite::write(const Ticket& ticket, const std::string& handle, sftp::Block block)
{
    auto data = block.here;
    auto offset = static_cast<off_t>(ticket.offset);
    while (!data.empty()) {
        auto count = ::pwrite(number(handle), data.data(), data.size(), offset);
        if (count < 0 && errno == ESPIPE)                         // a pipe or terminal: the data come in order anyway
            count = ::write(number(handle), data.data(), data.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failed();
        data = data.subspan(static_cast<std::size_t>(count));
        offset += count;
    }
    return Answer{};
}

sftp::Site::Reply LocalSite::set(const Ticket&, const std::string& handle, const Attributes& attributes)
{
    int fd = number(handle);
    struct ::stat facts {};
    Answer answer;
    auto note = [&](bool success) {
        if (!success && answer.done())
            answer = failed();
    };
    if (attributes.size && ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode))
        note(::ftruncate(fd, static_cast<off_t>(*attributes.size)) == 0);
    if (attributes.permissions)
        note(::fchmod(fd, *attributes.permissions & 07777) == 0);
    if (attributes.times) {
        timespec times[]{seconds(attributes.times->access), seconds(attributes.times->modification)};
        note(::futimens(fd, times) == 0);
    }
    return answer;
}

sftp::Site::Reply LocalSite::set_path(const Ticket&, const std::string& path, const Attributes& attributes)
{
    if (attributes.permissions && ::chmod(path.c_str(), *attributes.permissions & 07777) != 0)
        return failed();
    if (!attributes.times)
        return Answer{};
    timespec times[]{seconds(attributes.times->access), seconds(attributes.times->modification)};
    return done_if(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

sftp::Site::Reply LocalSite::sync(const Ticket&, const std::string& handle)
{
    return done_if(::fsync(number(handle)) == 0);
}

sftp::Site::Reply LocalSite::close(const Ticket&, const std::string& handle)
{
    auto place = static_cast<std::size_t>(number(handle));
    if (place < directories_.size() && directories_[place]) {
        directories_[place].reset();
        return Answer{};
    }
    if (place >= files_.size() || !files_[place])
        return failed(EBADF);
    // Where a network file system tells that the disk was full after all.
    return done_if(::close(files_[place].release()) == 0);
}

sftp::Site::Reply LocalSite::make_directory(const Ticket&, const std::string& path, std::uint32_t mode)
{
    return done_if(::mkdir(path.c_str(), mode & 01777) == 0);
}

sftp::Site::Reply LocalSite::open_directory(const Ticket&, const std::string& path)
{
    auto* stream = ::opendir(path.c_str());
    if (!stream)
        return failed();
    auto place = static_cast<std::size_t>(::dirfd(stream));
    if (directories_.size() <= place)
        directories_.resize(place + 1);
    directories_[place] = std::make_unique<OpenDirectory>(stream);
    return Answer{.handle = std::to_string(place)};
}

sftp::Site::Reply LocalSite::read_directory(const Ticket&, const std::string& handle)
{
    auto* stream = directories_[static_cast<std::size_t>(number(handle))]->stream;
    Answer answer;
    while (answer.entries.size() < entries_at_once) {
        errno = 0;
        auto* entry = ::readdir(stream);
        if (!entry && errno != 0)
            return failed();
        if (!entry)
            break;
        struct ::stat facts {};
        if (::fstatat(::dirfd(stream), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
            answer.entries.push_back({.name = entry->d_name, .long_name = {}, .attributes = local_attributes(facts)});
        else if (errno != ENOENT)                                 // listed, but out of reach: the copy will fail
            answer.entries.push_back({.name = entry->d_name, .long_name = {}, .attributes = {}});
    }
    if (answer.entries.empty())
        answer.outcome = Outcome::end;
    return answer;
}

sftp::Site::Reply LocalSite::replace(const Ticket&, const std::string& from, const std::string& to)
{
    return done_if(::rename(from.c_str(), to.c_str()) == 0);
}

} // namespace nacre
