// PRIVILEGED: sshd itself.
#include "server/watched_files.h"

#include <sys/stat.h>

#include <utility>

namespace nacre {

WatchedFiles::WatchedFiles(std::vector<std::string> paths)
{
    for (auto& path : paths) {
        auto facts = facts_of(path);
        files_.push_back({std::move(path), facts});
    }
}

std::optional<std::string> WatchedFiles::changed(TimePoint now)
{
    if (now < next_look_)
        return std::nullopt;
    std::optional<std::string> first;
    for (auto& file : files_) {
        auto before = std::exchange(file.facts, facts_of(file.path));
        if (!first && before != file.facts)
            first = file.path;
    }
    next_look_ = now + (first ? rest_after_change : rest);
    return first;
}

WatchedFiles::Facts WatchedFiles::facts_of(const std::string& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) < 0)
        return {};
    return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size), facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

} // namespace nacre
