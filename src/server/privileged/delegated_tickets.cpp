// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/delegated_tickets.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "crypto/random.h"
#include "server/privileged/as_user.h"

namespace nacre {
namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";   // 64

std::string new_name(std::uint32_t uid)
{
    SystemRandom random;
    auto name = fmt::format("/tmp/krb5cc_{}_", uid);
    for (auto byte : random.bytes<12>())
        name += letters[byte % letters.size()];
    return name;
}

// The library may remove a file and make it again, so it works in a folder where nobody else can come between.
bool write_tickets(const gssapi::Acceptor& login, const std::string& path)
{
    auto folder = path + ".new";
    auto file = folder + "/tickets";
    ::umask(077);
    if (::mkdir(folder.c_str(), 0700) != 0)
        return false;
    bool stored = login.store_tickets("FILE:" + file) && ::link(file.c_str(), path.c_str()) == 0;
    (void)::unlink(file.c_str());
    (void)::rmdir(folder.c_str());
    return stored;
}

} // namespace

Result<DelegatedTickets> DelegatedTickets::store(
    const gssapi::Acceptor& login, const UserAccount& account, AtEnd at_end)
{
    auto path = new_name(account.uid);
    if (!done_as_user(account, [&] { return write_tickets(login, path); }))
        return system_failure("the user could not write them");
    return DelegatedTickets{path, account, at_end};
}

DelegatedTickets::DelegatedTickets(DelegatedTickets&& other) noexcept
    : path_(std::exchange(other.path_, {})), account_(std::move(other.account_)), at_end_(other.at_end_)
{
}

DelegatedTickets::~DelegatedTickets()
{
    if (!path_.empty() && at_end_ == AtEnd::remove)
        (void)done_as_user(account_, [this] { return ::unlink(path_.c_str()) == 0; });
}

} // namespace nacre
