// scp's old protocol (-O): the two dialogues, and what starts them.
#pragma once

#include "tools/copy/place.h"
#include "tools/scp/old_stream.h"
#include "tools/scp/settings.h"

namespace nacre::scp_tool {

// How one end of a dialogue behaves.
struct OldEnd {
    bool recursive = false;
    bool preserve = false;
    bool into_directory = false;                                  // the sink's target must be one
    bool remote = false;                                          // started by another scp: complaints go to it alone
    bool shows_progress = false;
    std::string request{};                                        // what a name must fit, at the top; empty: anything
    bool is_named_there = false;                                  // a folder was asked for, by a word that is not its name
};

struct OldOutcome {
    int failures = 0;
};

// Sends the paths, one after the other.
Result<OldOutcome> send_files(OldStream& stream, const OldEnd& end, const std::vector<std::string>& paths);
// Receives what comes, to `target`.
Result<OldOutcome> receive_files(OldStream& stream, const OldEnd& end, const std::string& target);

// The exit statuses of the whole program.
int copy_by_old_protocol(const Settings& settings, const std::vector<CopyPlace>& sources, const CopyPlace& target);
int serve_old_protocol(const Settings& settings);                 // -t, -f

} // namespace nacre::scp_tool
