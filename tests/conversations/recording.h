// A recorded conversation as a file: "name value" lines, then "< hex" for what was heard and "= line" for what it meant.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "transport/proposal.h"
#include "transport/version_exchange.h"

namespace nacre::test {

struct Recording {
    Role role = Role::server;                                     // ours
    std::string peer;                                             // "OpenSSH_9.2p1": for people
    std::string user;                                             // client: who logs in, with the key, else by password
    std::uint64_t seed = 0;
    Proposal proposal;                                            // whole, so that new defaults spoil no recording
    std::vector<ByteVector> heard;                                // the peer's bytes, as they came
    std::vector<std::string> transcript;

    static Recording read(const std::filesystem::path& file);     // throws std::runtime_error
    void write(const std::filesystem::path& file) const;
};

} // namespace nacre::test
