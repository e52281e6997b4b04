// The client's known_hosts files on disk: read all of them, add a line to one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "client/configuration.h"
#include "keys/known_hosts.h"

namespace nacre {

class KnownHostsFiles {
public:
    // Missing files are fine.  What is there and cannot be read is said, since it may know the host or have revoked its
    // key; names that cannot be expanded, and files longer than known_hosts_limit, are an error.
    static Result<KnownHostsFiles> read(const Configuration& configuration, Log& log);

    const KnownHosts& hosts() const { return hosts_; }
    void add_lines(std::string origin, std::string text) { hosts_.add(std::move(origin), std::move(text)); }   // for this run

    // Files that are there and could not be read: what they say of a host is not known.
    const std::vector<std::string>& unread() const { return unread_; }

    // Where the next key is written; empty: nowhere (UserKnownHostsFile none).
    const std::string& file_to_write() const { return file_to_write_; }
    Result<void> add(const std::string& host, const PublicKey& key, bool hashed) const;

private:
    KnownHosts hosts_;
    std::vector<std::string> unread_;
    std::string file_to_write_;
};

} // namespace nacre
