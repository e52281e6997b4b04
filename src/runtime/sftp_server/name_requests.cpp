// Names: removing, renaming and linking files, and what a path leads to.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "base/text.h"
#include "runtime/sftp_server/file_requests.h"
#include "runtime/sftp_server/paths.h"

namespace nacre::sftp {

namespace {

bool cannot_link(int os_error)
{
    return os_error == EOPNOTSUPP || os_error == ENOSYS || os_error == EXDEV || os_error == EPERM;
}

// For file systems that know no "only if there is nothing": a link first, which never replaces; where there are no
// links either, a look.  0, or an errno.
int rename_with_care(const char* from, const char* to)
{
    struct stat facts {};
    if (::lstat(from, &facts) < 0)
        return errno;
    if (S_ISREG(facts.st_mode)) {
        if (::link(from, to) == 0) {
            if (::unlink(from) == 0)
                return 0;
            int os_error = errno;
            (void)::unlink(to);                                   // ours, and one name too many
            return os_error;
        }
        if (!cannot_link(errno))
            return errno;
    }
    if (::lstat(to, &facts) == 0)
        return EEXIST;
    return ::rename(from, to) < 0 ? errno : 0;
}

int rename_to_new_name(const char* from, const char* to)
{
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    return rename_with_care(from, to);
}

} // namespace

void FileRequests::on(RequestId id, const Remove& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: remove", id.value);
    log_.info("remove name \"{}\"", printable(path_));
    answer_call(id, ::unlink(path_.c_str()));
}

void FileRequests::on(RequestId id, const Rename& request)
{
    if (!take_path(id, request.old_path, path_) || !take_path(id, request.new_path, second_path_))
        return;
    log_.debug3("request {}: rename", id.value);
    log_.info("rename old \"{}\" new \"{}\"", printable(path_), printable(second_path_));
    answer_os(id, rename_to_new_name(path_.c_str(), second_path_.c_str()));
}

void FileRequests::on(RequestId id, const PosixRename& request)
{
    if (!take_path(id, request.old_path, path_) || !take_path(id, request.new_path, second_path_))
        return;
    log_.debug3("request {}: posix-rename", id.value);
    log_.info("posix-rename old \"{}\" new \"{}\"", printable(path_), printable(second_path_));
    answer_call(id, ::rename(path_.c_str(), second_path_.c_str()));
}

void FileRequests::on(RequestId id, const Readlink& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: readlink", id.value);
    log_.verbose("readlink \"{}\"", printable(path_));
    std::array<char, PATH_MAX> target{};
    auto length = ::readlink(path_.c_str(), target.data(), target.size());
    if (length < 0)
        return answer_os(id, errno);
    answer_name(id, {target.data(), static_cast<std::size_t>(length)});
}

void FileRequests::on(RequestId id, const Symlink& request)
{
    auto target = request.target, link = request.link_path;
    if (person_.names_link_first)
        std::swap(target, link);
    if (!take_path(id, target, path_) || !take_path(id, link, second_path_))
        return;
    log_.debug3("request {}: symlink", id.value);
    log_.info("symlink old \"{}\" new \"{}\"", printable(path_), printable(second_path_));
    answer_call(id, ::symlink(path_.c_str(), second_path_.c_str()));
}

void FileRequests::on(RequestId id, const Hardlink& request)
{
    if (!take_path(id, request.old_path, path_) || !take_path(id, request.new_path, second_path_))
        return;
    log_.debug3("request {}: hardlink", id.value);
    log_.info("hardlink old \"{}\" new \"{}\"", printable(path_), printable(second_path_));
    answer_call(id, ::link(path_.c_str(), second_path_.c_str()));
}

void FileRequests::on(RequestId id, const Realpath& request)
{
    log_.debug3("request {}: realpath", id.value);
    answer_real_path(id, request.path);
}

void FileRequests::on(RequestId id, const ExpandPath& request)
{
    log_.debug3("request {}: expand, original \"{}\"", id.value, printable(request.path));
    auto expanded = expand_home_path(request.path, ".");
    if (!expanded)
        return server_.answer_status(id, StatusCode::no_such_file, "no such user");
    answer_real_path(id, *expanded);
}

void FileRequests::answer_real_path(RequestId id, std::string_view path)
{
    if (!take_path(id, path.empty() ? "." : path, path_))
        return;
    log_.verbose("realpath \"{}\"", printable(path_));
    auto resolved = real_path(path_);
    if (!resolved)
        return answer_os(id, errno);
    answer_name(id, *resolved);
}

void FileRequests::answer_name(RequestId id, std::string_view name)
{
    auto frame = server_.begin();
    auto out = frame.write();
    out.u8(Names::number.value).u32(id.value).u32(1).string(name).string(name);
    Attributes{}.encode_to(out);
    frame.finish();
    log_.debug1("request {}: sent names count 1", id.value);
}

} // namespace nacre::sftp
