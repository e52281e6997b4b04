// The file of ConnectionMemory on disk: read at the start, replaced whole when a login has taught us something.
//
// Everything that goes wrong here is a debug line: the memory only saves time.
#pragma once

#include <optional>
#include <string>

#include "auth/host_memory.h"
#include "base/log.h"
#include "client/configuration.h"

namespace nacre {

class HostMemoryFile {
public:
    // host: as known_hosts names it.
    HostMemoryFile(const Configuration& configuration, std::string host, Log& log);

    bool is_on() const { return !path_.empty(); }
    bool allows_haste() const { return allows_haste_; }           // also where there is no place to remember anything
    const HostMemory* host() const { return known_ ? &*known_ : nullptr; }   // null: nothing is remembered

    // Writes it if it says something new.
    void save(HostMemory memory);

private:
    ConnectionMemory read() const;

    std::string path_;                                            // empty: nothing is remembered
    bool allows_haste_;
    std::string host_;
    bool hashed_;
    Log& log_;
    std::optional<HostMemory> known_;
};

} // namespace nacre
