#include "os/safe_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "os/system_error.h"
#include "os/user.h"

namespace nacre {
namespace {

FileFacts to_facts(const struct stat& found)
{
    FileFacts facts;
    facts.uid = found.st_uid;
    facts.gid = found.st_gid;
    facts.mode = found.st_mode & 07777;
    facts.size = static_cast<std::uint64_t>(found.st_size);
    facts.is_regular = S_ISREG(found.st_mode);
    facts.is_directory = S_ISDIR(found.st_mode);
    facts.is_socket = S_ISSOCK(found.st_mode);
    return facts;
}

Result<void> read_into(int fd, MutableBytes space, std::size_t& used)
{
    while (used < space.size()) {
        auto io = TRY(read_some(fd, space.subspan(used)));
        if (io.end)
            return {};
        if (io.would_block) {                                     // a pipe, as from a shell's <(…)
            pollfd one{fd, POLLIN, 0};
            ::poll(&one, 1, -1);
        }
        used += io.bytes;
    }
    return {};
}

// Grows by copying into a bigger secret, so that no freed memory keeps a part.
Result<SecretBytes> read_secret(int fd, std::size_t at_most)
{
    auto facts = TRY(file_facts(fd));
    SecretBytes content{std::min<std::size_t>(at_most, static_cast<std::size_t>(facts.size)) + 1};
    std::size_t used = 0;
    for (;;) {
        TRY(read_into(fd, content.bytes(), used));
        if (used > at_most)
            return bad_input("larger than " + std::to_string(at_most) + " bytes");
        if (used < content.size())
            break;
        SecretBytes bigger{std::min(at_most + 1, content.size() * 2)};
        std::copy_n(content.bytes().begin(), used, bigger.bytes().begin());
        content = std::move(bigger);
    }
    content.truncate(used);
    return content;
}

std::string parent_of(const std::string& path)
{
    auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool writable_by_others(const FileFacts& facts, std::uint32_t uid)
{
    if ((facts.uid != 0 && facts.uid != uid) || (facts.mode & 002) != 0)
        return true;
    return (facts.mode & 020) != 0 && !is_group_of_one(facts.gid, uid);
}

// The call, as opposed to this use of it.
bool cannot_be_done_here(int os_error)
{
    return os_error == EPERM || os_error == ENOSYS || os_error == EOPNOTSUPP;
}

// Some mounts (vfat, CIFS, FUSE) give all files one mode and refuse to set another, or only say that they have, which is well
// where nobody may read what is not his.
Result<void> set_mode(int fd, const std::string& path, unsigned mode)
{
    constexpr unsigned others = 077, readers = 044;
    int why = ::fchmod(fd, static_cast<mode_t>(mode)) == 0 ? 0 : errno;
    if (why != 0 && !cannot_be_done_here(why))
        return errno_failure(path + ": chmod", why);
    auto facts = TRY(file_facts(fd));
    bool is_narrow = (facts.mode & ~mode & others) == 0, is_public = (mode & readers) == readers;
    if (is_narrow || is_public)
        return {};
    return errno_failure(path + ": chmod", why != 0 ? why : EPERM);
}

// False: this file system cannot, which is not the file's fault; what became of it may be told where it is closed.
Result<bool> sync_if_possible(int fd, const std::string& path)
{
    if (::fsync(fd) == 0)
        return true;
    if (cannot_be_done_here(errno) || errno == EINVAL || errno == EROFS)
        return false;
    return errno_failure(path);
}

// A file that is to appear under its name complete, or not at all.
class TemporaryFile {
public:
    static Result<TemporaryFile> beside(const std::string& path)
    {
        std::string name = path + ".XXXXXX";
        Fd fd{::mkostemp(name.data(), O_CLOEXEC)};
        if (!fd)
            return errno_failure(path);
        return TemporaryFile{std::move(fd), std::move(name)};
    }
    TemporaryFile(TemporaryFile&& other) noexcept : fd_(std::move(other.fd_)), name_(std::exchange(other.name_, {})) {}
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    ~TemporaryFile()
    {
        if (!name_.empty())
            ::unlink(name_.c_str());
    }

    int fd() const { return fd_.number(); }
    Result<void> rename_to(const std::string& path)
    {
        auto is_synced = TRY(sync_if_possible(fd_.number(), path));
        if (!is_synced && ::close(fd_.release()) < 0)
            return errno_failure(path);
        if (::rename(name_.c_str(), path.c_str()) < 0)
            return errno_failure(path);
        name_.clear();
        return {};
    }

private:
    TemporaryFile(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

    Fd fd_;
    std::string name_;                                            // empty: it has another by now
};

// The entry in the directory is durable only with the directory.
void sync_directory(const std::string& path)
{
    Fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory)
        ::fsync(directory.number());
}

// False: it stays ours, since it was another's, and only root gives files away.
Result<bool> keep_owner(int fd, const FileFacts& before)
{
    auto now = TRY(file_facts(fd));
    bool same = now.uid == before.uid && now.gid == before.gid;
    return same || ::fchown(fd, before.uid, before.gid) == 0 || now.uid == before.uid;
}

// A device, a FIFO, or somebody's pipe by way of /dev/stdout: what is written there is not kept under the name.
bool is_written_in_place(const std::string& path)
{
    auto facts = file_facts(path);
    return facts && !facts->is_regular && !facts->is_directory;
}

Result<void> write_in_place(const std::string& path, Bytes content)
{
    Fd place{::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY)};
    if (!place)
        return errno_failure(path);
    if (auto written = write_all(place.number(), content); !written)
        return fail(in_context(path, std::move(written).error()));
    return {};
}

Result<void> replace_whole(const std::string& path, Bytes content, std::optional<unsigned> mode)
{
    auto before = file_facts(path);
    auto file = TRY(TemporaryFile::beside(path));
    if (before) {
        auto kept = TRY(keep_owner(file.fd(), *before));
        if (!mode && kept)
            mode = before->mode;
    }
    TRY(set_mode(file.fd(), path, mode.value_or(0600)));          // before there is anything to read
    if (auto written = write_all(file.fd(), content); !written)
        return fail(in_context(path, std::move(written).error()));
    TRY(file.rename_to(path));
    sync_directory(parent_of(path));
    return {};
}

// Nothing may be put beside the file or in its place: a folder that is not ours, or a mount of this file alone.
bool is_bound_to_its_place(const Error& why)
{
    constexpr std::array reasons{EACCES, EPERM, EROFS, EBUSY, EXDEV};
    return std::ranges::find(reasons, why.os_error) != reasons.end();
}

// Closed: it is no regular file, or not ours to write.  Readable too, if we may.
Fd open_to_overwrite(const std::string& real)
{
    constexpr int flags = O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;
    Fd there{::open(real.c_str(), O_RDWR | flags)};
    if (!there && errno == EACCES)
        there = Fd{::open(real.c_str(), O_WRONLY | flags)};
    auto facts = there ? file_facts(there.number()) : Result<FileFacts>{FileFacts{}};
    return facts && facts->is_regular ? std::move(there) : Fd{};
}

Result<void> write_whole(int fd, Bytes content)
{
    if (::lseek(fd, 0, SEEK_SET) < 0)
        return errno_failure("lseek");
    TRY(write_all(fd, content));
    if (::ftruncate(fd, static_cast<off_t>(content.size())) < 0)
        return errno_failure("write");
    TRY(sync_if_possible(fd, "write"));
    return {};
}

// What is there keeps its blocks until the end, and what cannot be written whole gives way to what was there.
Result<void> overwrite(int fd, const std::string& path, Bytes content, std::optional<unsigned> mode)
{
    auto facts = TRY(file_facts(fd));
    auto before = read_secret(fd, static_cast<std::size_t>(facts.size));
    if (mode && facts.mode != *mode)
        TRY(set_mode(fd, path, *mode));
    auto written = write_whole(fd, content);
    if (written)
        return {};
    if (before)
        (void)write_whole(fd, before->bytes());
    ::fchmod(fd, static_cast<mode_t>(facts.mode));
    return fail(in_context(path, std::move(written).error()));
}

bool is_fifo(const std::string& path)
{
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
}

bool is_our_link(const std::string& path)
{
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode) && facts.st_uid == ::geteuid();
}

// Through links, since the name that people linked should stay a link: also to where nothing is yet.  But where that is for a
// file of ours to come nobody else decides: others' links to nothing are replaced.
std::string place_led_to(std::string path)
{
    constexpr int most_links = 40;                                // as many as the kernel follows
    auto real = real_path(path);
    for (int followed = 0; !real && followed < most_links && is_our_link(path); ++followed) {
        std::error_code none;
        auto next = std::filesystem::read_symlink(path, none);
        if (none)
            break;
        path = (std::filesystem::path{path}.parent_path() / next).string();
        real = real_path(path);
    }
    return real.value_or(path);
}

} // namespace

Result<FileFacts> file_facts(const std::string& path)
{
    struct stat found{};
    if (::stat(path.c_str(), &found) < 0)
        return errno_failure(path);
    return to_facts(found);
}

Result<FileFacts> file_facts(int fd)
{
    struct stat found{};
    if (::fstat(fd, &found) < 0)
        return errno_failure("fstat");
    return to_facts(found);
}

Result<Fd> open_to_read(const std::string& path, FifoWriter writer)
{
    int waiting = writer == FifoWriter::awaited && is_fifo(path) ? 0 : O_NONBLOCK;
    Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | waiting)};
    if (!fd)
        return errno_failure(path);
    return fd;
}

Result<ByteVector> read_file(const std::string& path, std::size_t at_most, FifoWriter writer)
{
    auto file = TRY(open_to_read(path, writer));
    auto content = read_all(file.number(), at_most);
    if (!content)
        return fail(in_context(path, std::move(content).error()));
    return content;
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t at_most, FifoWriter writer)
{
    auto file = TRY(open_to_read(path, writer));
    auto content = read_secret(file.number(), at_most);
    if (!content)
        return fail(in_context(path, std::move(content).error()));
    return content;
}

Result<SecretBytes> read_secret_file(int fd, std::size_t at_most)
{
    return read_secret(fd, at_most);
}

bool is_too_open(const FileFacts& facts, std::uint32_t our_uid)
{
    return facts.uid == our_uid && (facts.mode & 077) != 0;
}

Result<std::string> real_path(const std::string& path)
{
    struct Free {
        void operator()(char* text) const { std::free(text); }
    };
    std::unique_ptr<char, Free> real{::realpath(path.c_str(), nullptr)};
    if (!real)
        return errno_failure(path);
    return std::string{real.get()};
}

Result<void> check_strict_modes(int fd, const std::string& path, const std::string& home, std::uint32_t uid)
{
    auto file = TRY(file_facts(fd));
    if (!file.is_regular)
        return not_permitted(path + " is not a regular file");
    if (writable_by_others(file, uid))
        return not_permitted("bad ownership or modes for file " + path);
    auto folder = TRY(real_path(path));
    auto real_home = real_path(home);
    do {
        folder = parent_of(folder);
        auto facts = TRY(file_facts(folder));
        if (writable_by_others(facts, uid))
            return not_permitted("bad ownership or modes for directory " + folder);
    } while (folder != "/" && folder != "." && !(real_home && folder == *real_home));
    return {};
}

Result<void> check_root_directory(const std::string& path)
{
    if (!path.starts_with('/'))
        return not_permitted(path + " does not begin at root");
    for (std::size_t end = 0; end != std::string::npos;) {
        auto part = end == 0 ? std::string{"/"} : path.substr(0, end);
        end = part.size() == path.size() ? std::string::npos : std::min(path.find('/', end + 1), path.size());
        auto facts = TRY(file_facts(part));
        if (!facts.is_directory)
            return not_permitted(part + " is not a directory");
        if (facts.uid != 0 || (facts.mode & 022) != 0)
            return not_permitted("bad ownership or modes for directory " + part);
    }
    return {};
}

Result<void> replace_file(const std::string& path, Bytes content, std::optional<unsigned> mode)
{
    if (is_written_in_place(path))
        return write_in_place(path, content);
    auto real = place_led_to(path);
    auto replaced = replace_whole(real, content, mode);
    if (replaced || !is_bound_to_its_place(replaced.error()))
        return replaced;
    auto there = open_to_overwrite(real);
    return there ? overwrite(there.number(), real, content, mode) : replaced;
}

Result<OldKept> replace_file_keeping_old(const std::string& path, Bytes old, Bytes content)
{
    auto facts = TRY(file_facts(path));
    auto kept = OldKept::no;
    if (!is_written_in_place(path)) {
        auto beside = replace_whole(path + ".old", old, facts.mode);   // a name of our own, so whatever leads away is replaced
        if (!beside && !is_bound_to_its_place(beside.error()))
            return fail(std::move(beside).error());
        kept = beside ? OldKept::yes : OldKept::no;
    }
    TRY(replace_file(path, content));
    return kept;
}

Result<void> replace_public_file(const std::string& path, Bytes content)
{
    if (auto before = file_facts(path)) {
        bool is_anothers = before->is_regular && ::geteuid() != 0 && before->uid != ::geteuid();
        if (auto place = is_anothers ? open_to_overwrite(real_path(path).value_or(path)) : Fd{})
            return overwrite(place.number(), path, content, std::nullopt);   // which stays theirs, and as readable as it was
        return replace_file(path, content);
    }
    auto mask = ::umask(077);
    ::umask(mask);
    return replace_file(path, content, 0644u & ~mask);
}

Result<void> create_file(const std::string& path, Bytes content, unsigned mode)
{
    Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(mode))};
    if (!file)
        return errno_failure(path);
    auto outcome = write_all(file.number(), content);
    if (!outcome) {
        ::unlink(path.c_str());
        return fail(in_context(path, std::move(outcome).error()));
    }
    return {};
}

Result<void> make_private_directory(const std::string& path)
{
    if (::mkdir(path.c_str(), 0700) == 0)
        return {};
    int error = errno;
    auto facts = file_facts(path);
    if (error == EEXIST && facts && facts->is_directory)
        return {};
    return errno_failure(path, error);
}

Result<std::string> make_temporary_directory(const std::string& prefix)
{
    for (int tries = 0; tries < 16; ++tries) {
        std::array<std::uint8_t, 6> random{};
        if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
            return errno_failure("getrandom");
        auto path = prefix + to_hex(random);
        if (::mkdir(path.c_str(), 0700) == 0)
            return path;
        if (errno != EEXIST)
            return errno_failure(path);
    }
    return errno_failure(prefix, EEXIST);
}

} // namespace nacre
