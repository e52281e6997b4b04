#include "runtime/sftp_server/file_requests.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <variant>

#include "base/text.h"
#include "os/privileges.h"
#include "os/system_error.h"
#include "runtime/sftp_server/facts.h"
#include "runtime/sftp_server/paths.h"
#include "sftp/status.h"

namespace nacre::sftp {

namespace {

constexpr std::uint64_t spare_descriptors = 10;                   // 0, 1, 2, syslog, name services, a pipe
constexpr std::size_t copy_piece = std::size_t{256} << 10;

std::size_t affordable_handles()
{
    auto limit = current_limit(Limit::open_files);
    if (!limit || *limit >= most_handles + spare_descriptors)
        return most_handles;
    return *limit > spare_descriptors ? static_cast<std::size_t>(*limit - spare_descriptors) : 1;
}

struct FlagRow {
    std::uint32_t flag;
    std::string_view name;
    int os_flag;
};

constexpr FlagRow open_flags[] = {
    {OpenFlags::read, "READ", 0},           {OpenFlags::write, "WRITE", 0},
    {OpenFlags::append, "APPEND", O_APPEND}, {OpenFlags::create, "CREATE", O_CREAT},
    {OpenFlags::truncate, "TRUNCATE", O_TRUNC}, {OpenFlags::exclusive, "EXCL", O_EXCL},
};

int os_flags(std::uint32_t flags)
{
    bool reads = flags & OpenFlags::read, writes = flags & OpenFlags::write;
    int result = reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
    for (auto& row : open_flags)
        if (flags & row.flag)
            result |= row.os_flag;
    return result | O_CLOEXEC | O_NOCTTY;
}

std::string flag_names(std::uint32_t flags)
{
    std::string names;
    for (auto& row : open_flags)
        if (flags & row.flag)
            (names += names.empty() ? "" : ",") += row.name;
    return names;
}

// The kernel's offsets are signed: what is beyond them is beyond every file.
bool is_offset(std::uint64_t offset) { return offset <= static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()); }

std::string closing_line(const OpenFile& file)
{
    if (file.directory)
        return fmt::format("closedir \"{}\"", printable(file.path));
    return fmt::format("close \"{}\" bytes read {} written {}", printable(file.path), file.bytes_read, file.bytes_written);
}

} // namespace

FileRequests::FileRequests(Server& server, KernelPath& kernel_path, const Person& person, Log& log)
    : server_(server), kernel_path_(kernel_path), person_(person), log_(log), files_(affordable_handles())
{
}

void FileRequests::answer(const Server::Asked& asked)
{
    std::visit([&](auto& request) { on(asked.id, request); }, asked.question);
}

// Version 3 has few codes: whether a disk is full or a quota used up only the text can tell.
void FileRequests::answer_os(RequestId id, int os_error)
{
    auto code = status_of(os_error);
    server_.answer_status(id, code, code == StatusCode::failure ? os_error_text(os_error) : "");
}

void FileRequests::answer_call(RequestId id, int outcome) { answer_os(id, outcome < 0 ? errno : 0); }

bool FileRequests::take_path(RequestId id, std::string_view path, std::string& into)
{
    into.assign(path);
    if (path.find('\0') == std::string_view::npos)
        return true;
    server_.answer_status(id, StatusCode::bad_message);
    return false;
}

OpenFile* FileRequests::find_file(std::string_view handle)
{
    auto* file = files_.find(handle);
    return file && file->fd ? file : nullptr;
}

// ---- opening and closing -----------------------------------------------------------------

void FileRequests::on(RequestId id, const Open& request)
{
    if (!take_path(id, request.path, path_))
        return;
    auto mode = request.attributes.mode(0666);
    log_.debug3("request {}: open flags {}", id.value, request.flags);
    log_.info("open \"{}\" flags {} mode 0{:o}", printable(path_), flag_names(request.flags), mode);
    if (files_.is_full())
        return server_.answer_status(id, StatusCode::failure);
    Fd fd{::open(path_.c_str(), os_flags(request.flags), static_cast<mode_t>(mode))};
    if (!fd)
        return answer_os(id, errno);
    auto handle = files_.add({.path = path_, .fd = std::move(fd), .appends = (request.flags & OpenFlags::append) != 0});
    log_.debug1("request {}: sent handle handle {}", id.value, files_.number_of(as_text(handle)));
    server_.answer(Handle{id, as_text(handle)});
}

void FileRequests::on(RequestId id, const Close& request)
{
    log_.debug3("request {}: close handle {}", id.value, files_.number_of(request.handle));
    auto file = files_.remove(request.handle);
    if (!file)
        return server_.answer_status(id, StatusCode::no_such_file);
    if (log_.wants(LogLevel::info))
        log_.info("{}", closing_line(*file));
    answer_call(id, file->directory ? ::closedir(file->directory.release()) : ::close(file->fd.release()));
}

void FileRequests::close_all()
{
    files_.for_each([&](OpenFile& file) { log_.info("forced {}", closing_line(file)); });
}

// ---- bytes -------------------------------------------------------------------------------

void FileRequests::on(RequestId id, const Read& request)
{
    auto* file = find_file(request.handle);
    if (log_.wants(LogLevel::debug1))
        log_.debug1("request {}: read \"{}\" (handle {}) off {} len {}", id.value, file ? printable(file->path) : "",
                    files_.number_of(request.handle), request.offset, request.length);
    if (!file)
        return server_.answer_status(id, StatusCode::failure);
    if (!is_offset(request.offset))
        return answer_os(id, EINVAL);
    auto length = std::min(request.length, most_data);
    auto offset = static_cast<off_t>(request.offset);
    bool is_worthwhile = length >= KernelPath::worthwhile;
    if (is_worthwhile && file->is_long) {                         // short files go together, in one write for many
        if (auto taken = kernel_path_.take(file->fd.number(), offset, length); taken && *taken > 0) {
            file->bytes_read += *taken;
            return server_.announce_data(id, *taken);
        }
    }
    auto space = server_.data_space(length);
    auto count = ::pread(file->fd.number(), space.data(), space.size(), offset);
    if (count < 0)
        return answer_os(id, errno);
    if (count == 0 && request.length > 0)
        return server_.answer_status(id, StatusCode::eof);
    file->bytes_read += static_cast<std::uint64_t>(count);
    file->is_long = is_worthwhile && static_cast<std::size_t>(count) == length;
    server_.answer_data(id, static_cast<std::size_t>(count));
}

void FileRequests::on(RequestId id, const Write& request)
{
    auto* file = find_file(request.handle);
    if (log_.wants(LogLevel::debug1))
        log_.debug1("request {}: write \"{}\" (handle {}) off {} len {}", id.value, file ? printable(file->path) : "",
                    files_.number_of(request.handle), request.offset, request.data.size());
    if (!file)
        return server_.answer_status(id, StatusCode::failure);
    if (!is_offset(request.offset))
        return answer_os(id, EINVAL);
    auto rest = request.data;
    auto offset = static_cast<off_t>(request.offset);
    while (!rest.empty()) {                                       // short where a disk fills up: the next one says so
        auto count = ::pwrite(file->fd.number(), rest.data(), rest.size(), offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return answer_os(id, count < 0 ? errno : ENOSPC);
        file->bytes_written += static_cast<std::uint64_t>(count);
        rest = rest.subspan(static_cast<std::size_t>(count));
        offset += count;
    }
    server_.answer_status(id, StatusCode::ok);
}

void FileRequests::on(RequestId id, const Fsync& request)
{
    auto* file = find_file(request.handle);
    log_.debug3("request {}: fsync (handle {})", id.value, files_.number_of(request.handle));
    if (!file)
        return server_.answer_status(id, StatusCode::no_such_file);
    log_.verbose("fsync \"{}\"", printable(file->path));
    answer_call(id, ::fsync(file->fd.number()));
}

// ---- copying inside the server -----------------------------------------------------------

// By the kernel where it can (and perhaps without copying a byte), else through a buffer.
std::uint64_t FileRequests::copy_data(OpenFile& from, OpenFile& to, const CopyData& request, int& os_error)
{
    bool until_end = request.length == 0;
    bool by_kernel = !to.appends;
    auto from_offset = static_cast<off_t>(request.from_offset), to_offset = static_cast<off_t>(request.to_offset);
    std::uint64_t done = 0;
    while (until_end || done < request.length) {
        auto wanted = static_cast<std::size_t>(
            until_end ? std::uint64_t{1} << 30 : std::min(request.length - done, std::uint64_t{1} << 30));
        ssize_t count = -1;
        if (by_kernel) {
            count = ::copy_file_range(from.fd.number(), &from_offset, to.fd.number(), &to_offset, wanted, 0);
            if (count <= 0 && done == 0) {                        // 0 also where it cannot tell the end
                by_kernel = false;
                continue;
            }
        } else {
            copy_buffer_.resize(copy_piece);
            count = ::pread(from.fd.number(), copy_buffer_.data(), std::min(wanted, copy_piece), from_offset);
            if (count > 0)
                count = ::pwrite(to.fd.number(), copy_buffer_.data(), static_cast<std::size_t>(count), to_offset);
            from_offset += std::max<ssize_t>(count, 0);
            to_offset += std::max<ssize_t>(count, 0);
        }
        if (count < 0)
            os_error = errno;
        if (count <= 0)
            break;
        done += static_cast<std::uint64_t>(count);
    }
    return done;
}

void FileRequests::on(RequestId id, const CopyData& request)
{
    auto* from = find_file(request.from_handle);
    auto* to = find_file(request.to_handle);
    log_.debug1("request {}: copy-data from \"{}\" (handle {}) off {} len {} to \"{}\" (handle {}) off {}", id.value,
                from ? printable(from->path) : "", files_.number_of(request.from_handle), request.from_offset,
                request.length, to ? printable(to->path) : "", files_.number_of(request.to_handle), request.to_offset);
    // A file onto itself has no end.
    if (!from || !to || from == to || from->path == to->path || !is_offset(request.from_offset)
        || !is_offset(request.to_offset))
        return server_.answer_status(id, StatusCode::failure);
    struct stat first {}, second {};
    if (::fstat(from->fd.number(), &first) < 0 || ::fstat(to->fd.number(), &second) < 0)
        return answer_os(id, errno);
    if (first.st_dev == second.st_dev && first.st_ino == second.st_ino)
        return server_.answer_status(id, StatusCode::failure);
    int os_error = 0;
    auto done = copy_data(*from, *to, request, os_error);
    from->bytes_read += done;
    to->bytes_written += done;
    if (os_error == 0 && request.length != 0 && done < request.length)
        return server_.answer_status(id, StatusCode::eof);
    answer_os(id, os_error);
}

// ---- the server itself -------------------------------------------------------------------

void FileRequests::on(RequestId id, const AskLimits&)
{
    log_.debug1("request {}: limits", id.value);
    server_.answer_extended(id, extension::Limits{.packet_length = most_frame,
                                                  .read_length = most_data,
                                                  .write_length = most_data,
                                                  .open_handles = files_.most()});
}

void FileRequests::on(RequestId id, const HomeDirectory& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug1("request {}: home-directory \"{}\"", id.value, printable(path_));
    bool is_own = path_.empty() || path_ == person_.name;
    auto home = is_own ? std::optional{person_.home} : home_of(path_);
    if (!home)
        return server_.answer_status(id, StatusCode::failure);
    answer_name(id, *home);
}

void FileRequests::on(RequestId id, const UsersGroupsById& request)
{
    constexpr std::size_t most_names_size = most_frame / 4;       // of each kind; the rest stays without names
    auto packed = [&](Bytes ids, const std::string& (AccountNames::*name)(std::uint32_t)) {
        ByteVector bytes;
        Reader in{ids};
        Writer out{bytes};
        for (auto left = ids.size() / 4; left > 0; --left) {
            auto number = in.u32();
            out.string(bytes.size() < most_names_size ? std::string_view{(names_.*name)(number)} : "");
        }
        return bytes;
    };
    constexpr std::size_t most_ids_size = most_frame / 8;
    if (request.users.size() % 4 != 0 || request.groups.size() % 4 != 0)
        return server_.answer_status(id, StatusCode::bad_message);
    if (request.users.size() > most_ids_size || request.groups.size() > most_ids_size)
        return server_.answer_status(id, StatusCode::failure);
    log_.debug1("request {}: users-groups-by-id: {} users, {} groups", id.value, request.users.size() / 4,
                request.groups.size() / 4);
    auto users = packed(request.users, &AccountNames::user);
    auto groups = packed(request.groups, &AccountNames::group);
    server_.answer_extended(id, extension::UsersGroups{users, groups});
}

} // namespace nacre::sftp
