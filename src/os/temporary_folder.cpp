#include "os/temporary_folder.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "os/system_error.h"

namespace nacre {

Result<TemporaryFolder> TemporaryFolder::create(std::string_view name)
{
    std::string path = "/tmp/" + std::string{name} + "-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
        return errno_failure(path);
    return TemporaryFolder{std::move(path)};
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder()
{
    if (path_.empty())
        return;
    std::error_code ignored;
    for (auto& entry : std::filesystem::directory_iterator{path_, ignored})
        ::unlink(entry.path().c_str());
    ::rmdir(path_.c_str());
}

} // namespace nacre
