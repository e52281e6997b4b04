#include "os/privileged/login_record.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <lastlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/fd.h"
#include "os/safe_file.h"
#include "os/system_error.h"

namespace nacre {
namespace {

template <std::size_t N>
void fill(char (&field)[N], std::string_view text)                // not terminated when full, as the format has it
{
    std::memset(field, 0, N);
    text.copy(field, N);
}

template <std::size_t N>
std::string field_text(const char (&field)[N])
{
    return {field, ::strnlen(field, N)};
}

std::string_view line_of(std::string_view terminal)
{
    if (terminal.starts_with("/dev/"))
        terminal.remove_prefix(5);
    return terminal;
}

void fill_address(utmpx& entry, const std::optional<SocketAddress>& address)
{
    if (!address)
        return;
    if (address->family == IpFamily::v4)
        ::inet_pton(AF_INET, address->host.c_str(), &entry.ut_addr_v6[0]);
    else
        ::inet_pton(AF_INET6, address->host.substr(0, address->host.find('%')).c_str(), &entry.ut_addr_v6[0]);
}

utmpx to_entry(const LoginRecord& record, short type, std::string_view line)
{
    utmpx entry{};
    entry.ut_type = type;
    entry.ut_pid = record.pid;
    fill(entry.ut_line, line);
    // The last four letters of the line tell the lines apart: "ts/3".
    fill(entry.ut_id, line.substr(line.size() - std::min<std::size_t>(line.size(), sizeof entry.ut_id)));
    entry.ut_tv.tv_sec = static_cast<decltype(entry.ut_tv.tv_sec)>(record.when);
    if (type != DEAD_PROCESS) {
        fill(entry.ut_user, record.user);
        fill(entry.ut_host, record.host);
        fill_address(entry, record.address);
    }
    return entry;
}

Result<Fd> open_existing(const std::string& path, int flags)
{
    Fd file{::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY)};
    if (!file && errno != ENOENT)
        return errno_failure(path);
    return file;
}

template <class T>
Bytes bytes_of(const T& value)
{
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

enum class Everybody { may_read, may_not_read };

// wtmp and btmp: one more record at the end, in one write.  Without a lock, which whoever may read the file could hold for
// ever.
Result<void> append_entry(const std::string& path, const utmpx& entry, Everybody others = Everybody::may_read)
{
    auto file = TRY(open_existing(path, O_WRONLY | O_APPEND));
    if (!file)
        return {};
    auto facts = TRY(file_facts(file.number()));
    if (others == Everybody::may_not_read && (facts.uid != ::geteuid() || (facts.mode & 007) != 0))
        return not_permitted(path + " is not root's, or everybody may use it: nothing is recorded");
    return write_all(file.number(), bytes_of(entry));
}

// utmp: libc finds the slot of the line and locks as the other programs do.
Result<void> update_current(const std::string& path, const utmpx& entry)
{
    if (::access(path.c_str(), F_OK) < 0)
        return {};
    if (::utmpxname(path.c_str()) < 0)
        return errno_failure(path);
    ::setutxent();
    bool written = ::pututxline(&entry) != nullptr;
    int error = errno;
    ::endutxent();
    if (!written)
        return errno_failure(path, error);
    return {};
}

off_t lastlog_place(std::uint32_t uid)
{
    return static_cast<off_t>(uid) * static_cast<off_t>(sizeof(lastlog));
}

Result<void> write_lastlog(const LoginRecord& record, const std::string& path)
{
    auto file = TRY(open_existing(path, O_WRONLY));
    if (!file)
        return {};
    lastlog entry{};
    entry.ll_time = static_cast<decltype(entry.ll_time)>(record.when);
    fill(entry.ll_line, line_of(record.terminal));
    fill(entry.ll_host, record.host);
    if (::pwrite(file.number(), &entry, sizeof entry, lastlog_place(record.uid)) != sizeof entry)
        return errno_failure(path);
    return {};
}

// Each file is written whatever became of the others: whoever may read utmp can hold libc's lock on it.
Result<void> first_failure(Result<void> first, Result<void> second)
{
    return first ? std::move(second) : std::move(first);
}

Result<void> record_on_line(const utmpx& entry, const LoginFiles& files)
{
    auto current = update_current(files.utmp, entry);
    return first_failure(std::move(current), append_entry(files.wtmp, entry));
}

} // namespace

Result<void> record_login(const LoginRecord& record, const LoginFiles& files)
{
    auto line = line_of(record.terminal);
    Result<void> written;
    if (!line.empty())
        written = record_on_line(to_entry(record, USER_PROCESS, line), files);
    return first_failure(std::move(written), write_lastlog(record, files.lastlog));
}

Result<void> record_logout(const LoginRecord& record, const LoginFiles& files)
{
    auto line = line_of(record.terminal);
    if (line.empty())
        return {};
    return record_on_line(to_entry(record, DEAD_PROCESS, line), files);
}

Result<void> record_failed_login(const LoginRecord& record, const LoginFiles& files)
{
    auto line = line_of(record.terminal);
    auto entry = to_entry(record, LOGIN_PROCESS, line.empty() ? "ssh:notty" : line);
    // People type passwords where a name is asked for.
    return append_entry(files.btmp, entry, Everybody::may_not_read);
}

Result<std::optional<LastLogin>> last_login(std::uint32_t uid, const LoginFiles& files)
{
    auto file = TRY(open_existing(files.lastlog, O_RDONLY));
    if (!file)
        return std::nullopt;
    lastlog entry{};
    auto count = ::pread(file.number(), &entry, sizeof entry, lastlog_place(uid));
    if (count < 0)
        return errno_failure(files.lastlog);
    if (count != sizeof entry || entry.ll_time == 0)
        return std::nullopt;
    return LastLogin{static_cast<std::int64_t>(entry.ll_time), field_text(entry.ll_line), field_text(entry.ll_host)};
}

} // namespace nacre
