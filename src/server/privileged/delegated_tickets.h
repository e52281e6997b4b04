// PRIVILEGED: runs in sshd-session as root.  Kerberos tickets that a client has lent for its session.
//
// They lie in a file of the user's in /tmp, where its programs and those who mount file systems for it look for such
// files.  Written and removed by short-lived copies of the process that have become the user.
#pragma once

#include <string>

#include "gssapi/acceptor.h"
#include "os/user.h"

namespace nacre {

class DelegatedTickets {
public:
    enum class AtEnd { remove, leave };                           // GSSAPICleanupCredentials

    static Result<DelegatedTickets> store(const gssapi::Acceptor& login, const UserAccount& account, AtEnd at_end);
    DelegatedTickets(DelegatedTickets&& other) noexcept;
    DelegatedTickets& operator=(DelegatedTickets&&) = delete;
    ~DelegatedTickets();

    static constexpr std::string_view variable = "KRB5CCNAME";
    std::string cache() const { return "FILE:" + path_; }         // the variable's value

private:
    DelegatedTickets(std::string path, UserAccount account, AtEnd at_end)
        : path_(std::move(path)), account_(std::move(account)), at_end_(at_end)
    {
    }

    std::string path_;                                            // empty: moved from
    UserAccount account_;
    AtEnd at_end_;
};

} // namespace nacre
