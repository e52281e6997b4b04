// Drives a Copier to its end: waits for the servers, shows the meter, prints what failed.
#pragma once

#include <functional>
#include <string_view>

#include "sftp/copier.h"
#include "tools/copy/lanes.h"
#include "tools/copy/meter.h"
#include "tools/copy/sftp_link.h"

namespace nacre {

struct CopyRun {
    sftp::Copier& copier;
    SftpLink* source = nullptr;                                   // null: this machine
    SftpLink* sink = nullptr;
    Meter& meter;
    std::function<void(std::string_view sentence)> complain;      // a line for a person
    Lanes* lanes = nullptr;                                       // the sink's, where the source is this machine
};

struct CopyResult {
    std::uint64_t failures = 0;
    bool interrupted = false;

    bool success() const { return failures == 0 && !interrupted; }
};

// An error: a connection is lost.  An interrupt ends it tidily: nothing new begins, what comes within a second is stored.
Result<CopyResult> run_copy(const CopyRun& run);

} // namespace nacre
