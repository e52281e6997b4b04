// PRIVILEGED: sshd itself.  Files of which a process that runs for long keeps what they were when it began.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace nacre {

class WatchedFiles {
public:
    static constexpr std::chrono::seconds rest{1};                // between two looks at them
    static constexpr std::chrono::seconds rest_after_change{60};  // for what never keeps still

    explicit WatchedFiles(std::vector<std::string> paths);

    // One that is another file than it was at the last look, has other content, has come or has gone.
    std::optional<std::string> changed(TimePoint now);

private:
    struct Facts {                                                // all zero: it is not there
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t seconds = 0, nanoseconds = 0;                // of its content's last change
        friend bool operator==(const Facts&, const Facts&) = default;
    };
    struct File {
        std::string path;
        Facts facts;
    };
    static Facts facts_of(const std::string& path);

    std::vector<File> files_;
    TimePoint next_look_{};
};

} // namespace nacre
