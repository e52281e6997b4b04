// Waiting with patience, for programs without an event loop; and a lock that the file system keeps.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "os/fd.h"

namespace nacre {

// False: nothing to read (and no end either) for that long.
Result<bool> wait_until_readable(int fd, Duration patience);
// The same without end, also for what was made non-blocking by somebody else.
void wait_until_readable(int fd);
// False: `is_over`, which is asked now and after each signal, said so.  No signal slips in between its answer and the waiting.
bool wait_until_readable_unless(bool (*is_over)(), int fd);

// An exclusive lock of that name, held until this is destroyed; the file exists only while somebody holds or wants it.
class LockFile {
public:
    // Nothing: it was held by another all that time.
    static Result<std::optional<LockFile>> take(const std::string& path, Duration patience);
    LockFile(LockFile&&) noexcept = default;
    LockFile& operator=(LockFile&&) noexcept = default;
    ~LockFile();

    // Also where SIGHUP, SIGINT, SIGQUIT or SIGTERM ends the process, since nobody handles it.  One lock's alone.
    void remove_at_signals() const;
    void abandon() { file_ = {}; }                                // a fork's other half goes on holding it

private:
    LockFile(std::string path, Fd file) : path_(std::move(path)), file_(std::move(file)) {}

    std::string path_;
    Fd file_;
};

} // namespace nacre
