// One side of a conversation whose other side is a foreign program: live, while it is recorded, or replayed from a file.
//
// Everything of ours follows from the recording's seed, key and lists of algorithms, so the peer's bytes of long ago,
// encrypted as they are, make sense again.  What happened is written down line by line; a replay must say the same.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keys/private_key.h"
#include "session/client_session.h"
#include "session/server_session.h"
#include "support/seeded_random.h"

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

class OneSide {
public:
    virtual ~OneSide() = default;

    // Handles what can be handled.  False: the conversation is over.
    virtual bool step() = 0;
    virtual Transport& transport() = 0;
    const std::vector<std::string>& transcript() const { return transcript_; }

protected:
    template <class... Parts>
    void note(const Parts&... parts)
    {
        std::string line;
        ((line += parts), ...);
        transcript_.push_back(std::move(line));
    }

private:
    std::vector<std::string> transcript_;
};

std::unique_ptr<OneSide> make_side(const Recording& recording);

// Gives the side what was heard, as far as it goes.
void replay(OneSide& side, const Recording& recording);

} // namespace nacre::test
