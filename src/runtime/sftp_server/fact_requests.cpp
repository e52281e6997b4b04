// What is known of a file, and setting it: by path, by handle, and of a link itself.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "base/text.h"
#include "runtime/sftp_server/facts.h"
#include "runtime/sftp_server/file_requests.h"

namespace nacre::sftp {

namespace {

std::array<timespec, 2> timespecs(const Times& times)
{
    return {timespec{static_cast<std::time_t>(times.access), 0}, timespec{static_cast<std::time_t>(times.modification), 0}};
}

std::string modification_text(const Times& times)
{
    std::time_t when = times.modification;
    std::tm local{};
    std::array<char, 64> text{};
    if (!::localtime_r(&when, &local))
        return "?";
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%d-%H:%M:%S", &local)};
}

// Each part by itself, in the order of their flags; what fails keeps the others from nothing, and the last failure is
// reported.
template <class Size, class Mode, class SetTimes, class SetOwner>
int set_each(const Attributes& attributes, Size size, Mode mode, SetTimes times, SetOwner owner)
{
    int os_error = 0;
    auto note = [&](int outcome) { os_error = outcome < 0 ? errno : os_error; };
    if (attributes.size)
        note(size(static_cast<off_t>(*attributes.size)));
    if (attributes.permissions)
        note(mode(static_cast<mode_t>(*attributes.permissions & 07777)));
    if (attributes.times)
        note(times(timespecs(*attributes.times).data()));
    if (attributes.owner)
        note(owner(attributes.owner->uid, attributes.owner->gid));
    return os_error;
}

} // namespace

void FileRequests::answer_facts(RequestId id, const struct stat& facts)
{
    log_.debug1("request {}: sent attrib have 0xf", id.value);
    server_.answer(Attrs{id, attributes_of(facts)});
}

void FileRequests::on(RequestId id, const Stat& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: stat", id.value);
    log_.verbose("stat name \"{}\"", printable(path_));
    struct stat facts {};
    if (::stat(path_.c_str(), &facts) < 0)
        return answer_os(id, errno);
    answer_facts(id, facts);
}

void FileRequests::on(RequestId id, const Lstat& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: lstat", id.value);
    log_.verbose("lstat name \"{}\"", printable(path_));
    struct stat facts {};
    if (::lstat(path_.c_str(), &facts) < 0)
        return answer_os(id, errno);
    answer_facts(id, facts);
}

void FileRequests::on(RequestId id, const Fstat& request)
{
    auto* file = find_file(request.handle);
    log_.debug1("request {}: fstat \"{}\" (handle {})", id.value, file ? printable(file->path) : "",
                files_.number_of(request.handle));
    if (!file)
        return server_.answer_status(id, StatusCode::failure);
    struct stat facts {};
    if (::fstat(file->fd.number(), &facts) < 0)
        return answer_os(id, errno);
    answer_facts(id, facts);
}

void FileRequests::log_set(std::string_view path, const Attributes& attributes)
{
    if (!log_.wants(LogLevel::info))
        return;
    auto name = printable(path);
    if (attributes.size)
        log_.info("set \"{}\" size {}", name, *attributes.size);
    if (attributes.permissions)
        log_.info("set \"{}\" mode {:04o}", name, *attributes.permissions);
    if (attributes.times)
        log_.info("set \"{}\" modtime {}", name, modification_text(*attributes.times));
    if (attributes.owner)
        log_.info("set \"{}\" owner {} group {}", name, attributes.owner->uid, attributes.owner->gid);
}

void FileRequests::on(RequestId id, const Setstat& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug1("request {}: setstat name \"{}\"", id.value, printable(path_));
    log_set(path_, request.attributes);
    auto* path = path_.c_str();
    answer_os(id, set_each(
                      request.attributes, [&](off_t size) { return ::truncate(path, size); },
                      [&](mode_t mode) { return ::chmod(path, mode); },
                      [&](const timespec* times) { return ::utimensat(AT_FDCWD, path, times, 0); },
                      [&](uid_t uid, gid_t gid) { return ::chown(path, uid, gid); }));
}

void FileRequests::on(RequestId id, const Fsetstat& request)
{
    auto* file = find_file(request.handle);
    log_.debug1("request {}: fsetstat handle {}", id.value, files_.number_of(request.handle));
    if (!file)
        return server_.answer_status(id, StatusCode::failure);
    log_set(file->path, request.attributes);
    int fd = file->fd.number();
    answer_os(id, set_each(
                      request.attributes, [&](off_t size) { return ::ftruncate(fd, size); },
                      [&](mode_t mode) { return ::fchmod(fd, mode); },
                      [&](const timespec* times) { return ::futimens(fd, times); },
                      [&](uid_t uid, gid_t gid) { return ::fchown(fd, uid, gid); }));
}

void FileRequests::on(RequestId id, const Lsetstat& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug1("request {}: lsetstat name \"{}\"", id.value, printable(path_));
    if (request.attributes.size)                                  // a link has none to set
        return server_.answer_status(id, StatusCode::bad_message);
    log_set(path_, request.attributes);
    auto* path = path_.c_str();
    answer_os(id, set_each(
                      request.attributes, [](off_t) { return 0; },
                      [&](mode_t mode) { return ::fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW); },
                      [&](const timespec* times) { return ::utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW); },
                      [&](uid_t uid, gid_t gid) { return ::lchown(path, uid, gid); }));
}

void FileRequests::on(RequestId id, const Statvfs& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: statvfs", id.value);
    log_.info("statvfs \"{}\"", printable(path_));
    struct statvfs facts {};
    if (::statvfs(path_.c_str(), &facts) < 0)
        return answer_os(id, errno);
    server_.answer_extended(id, file_system_facts(facts));
}

void FileRequests::on(RequestId id, const Fstatvfs& request)
{
    auto* file = find_file(request.handle);
    log_.debug1("request {}: fstatvfs (handle {})", id.value, files_.number_of(request.handle));
    if (!file)
        return server_.answer_status(id, StatusCode::failure);
    struct statvfs facts {};
    if (::fstatvfs(file->fd.number(), &facts) < 0)
        return answer_os(id, errno);
    server_.answer_extended(id, file_system_facts(facts));
}

} // namespace nacre::sftp
