// One side of a conversation whose other side is a foreign program: live, while it is recorded, or replayed from a file.
//
// Everything of ours follows from the recording's seed, key and lists of algorithms, so the peer's bytes of long ago,
// encrypted as they are, make sense again.  What happened is written down line by line; a replay must say the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "recording.h"
#include "transport/transport.h"

namespace nacre::test {

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
