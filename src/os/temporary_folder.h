// A folder of our own below /tmp, removed with what is in it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

class TemporaryFolder {
public:
    // "/tmp/NAME-XXXXXX" (TMPDIR is not asked: it may be anybody's), for the owner alone.
    static Result<TemporaryFolder> create(std::string_view name);
    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();                                           // files in it go too, folders in it do not

    const std::string& path() const { return path_; }

private:
    explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

} // namespace nacre
