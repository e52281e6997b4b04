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
    // Missing files are fine; names that cannot be expanded are an error.
    static Result<KnownHostsFiles> read(const Configuration& configuration, Log& log);

    const KnownHosts& hosts() const { return hosts_; }
    void add_lines(std::string origin, std::string text) { hosts_.add(std::move(origin), std::move(text)); }   // for this run

    // Where the next key is written; empty: nowhere (UserKnownHostsFile none).
    const std::string& file_to_write() const { return file_to_write_; }
    Result<void> add(const std::string& host, const PublicKey& key, bool hashed) const;

private:
    KnownHosts hosts_;
    std::string file_to_write_;
};

} // namespace nacre
