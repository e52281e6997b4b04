// Directories: listing, making and removing them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "runtime/sftp_server/facts.h"
#include "runtime/sftp_server/file_requests.h"

namespace nacre::sftp {

namespace {

// Then a listing goes on in the next answer: a few hundred names, which every client takes.
constexpr std::size_t enough_names = std::size_t{32} << 10;
constexpr std::size_t count_at = 1 + 4;                           // behind the number and the id

} // namespace

void FileRequests::on(RequestId id, const Opendir& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: opendir", id.value);
    log_.info("opendir \"{}\"", printable(path_));
    if (files_.is_full())
        return server_.answer_status(id, StatusCode::failure);
    std::unique_ptr<DIR, CloseDirectory> directory{::opendir(path_.c_str())};
    if (!directory)
        return answer_os(id, errno);
    auto handle = files_.add({.path = path_, .directory = std::move(directory)});
    log_.debug1("request {}: sent handle handle {}", id.value, files_.number_of(as_text(handle)));
    server_.answer(Handle{id, as_text(handle)});
}

void FileRequests::on(RequestId id, const Readdir& request)
{
    auto* file = files_.find(request.handle);
    log_.debug1("request {}: readdir \"{}\" (handle {})", id.value, file ? printable(file->path) : "",
                files_.number_of(request.handle));
    if (!file || !file->directory)
        return server_.answer_status(id, StatusCode::failure);
    std::uint32_t count = 0;
    {
        auto frame = server_.begin();
        frame.write().u8(Names::number.value).u32(id.value).u32(0);
        auto now = std::time(nullptr);
        while (frame.size() < enough_names) {
            auto* entry = ::readdir(file->directory.get());
            if (!entry)
                break;
            struct stat facts {};
            if (::fstatat(::dirfd(file->directory.get()), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) < 0)
                continue;                                         // gone meanwhile
            frame.write().string(entry->d_name).string(long_name(entry->d_name, facts, now, names_));
            auto out = frame.write();
            attributes_of(facts).encode_to(out);
            ++count;
        }
        if (count > 0) {
            frame.patch(count_at, count);
            frame.finish();
        }
    }
    if (count == 0)
        server_.answer_status(id, StatusCode::eof);
    else
        log_.debug1("request {}: sent names count {}", id.value, count);
}

void FileRequests::on(RequestId id, const Mkdir& request)
{
    if (!take_path(id, request.path, path_))
        return;
    auto mode = request.attributes.mode(0777);
    log_.debug3("request {}: mkdir", id.value);
    log_.info("mkdir name \"{}\" mode 0{:o}", printable(path_), mode);
    answer_call(id, ::mkdir(path_.c_str(), static_cast<mode_t>(mode)));
}

void FileRequests::on(RequestId id, const Rmdir& request)
{
    if (!take_path(id, request.path, path_))
        return;
    log_.debug3("request {}: rmdir", id.value);
    log_.info("rmdir name \"{}\"", printable(path_));
    answer_call(id, ::rmdir(path_.c_str()));
}

} // namespace nacre::sftp
