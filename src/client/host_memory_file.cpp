#include "client/host_memory_file.h"

#include <cerrno>

#include "base/text.h"
#include "config/none.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

bool is_off(const std::string& wish)
{
    return is_unset(wish) || equal_ignoring_case(wish, "no");
}

// Beside the first file of known hosts, unless that is no file at all (/dev/null) or there is none.
std::string path_of(const Configuration& configuration, Log& log)
{
    auto& options = configuration.options();
    auto& wish = options.connection_memory;
    if (is_off(wish))
        return {};
    bool beside = equal_ignoring_case(wish, "yes");
    if (beside && (options.user_known_hosts_file.empty() || is_none(options.user_known_hosts_file.front())))
        return {};
    auto path = configuration.expand_file(beside ? options.user_known_hosts_file.front() : wish);
    if (!path) {
        log.debug1("ConnectionMemory: {}", path.error().what);
        return {};
    }
    auto facts = file_facts(*path);
    if (facts && !facts->is_regular)
        return {};
    return beside ? *path + ".memory" : *path;
}

} // namespace

HostMemoryFile::HostMemoryFile(const Configuration& configuration, std::string host, Log& log)
    : path_(path_of(configuration, log)), allows_haste_(!is_off(configuration.options().connection_memory)),
      host_(std::move(host)), hashed_(configuration.options().hash_known_hosts), log_(log)
{
    if (!is_on())
        return;
    if (auto memory = read(); auto* known = memory.find(host_))
        known_ = *known;
}

ConnectionMemory HostMemoryFile::read() const
{
    auto content = read_file(path_, ConnectionMemory::largest_file);
    if (content)
        return ConnectionMemory::parse(as_text(*content), log_);
    if (content.error().os_error != ENOENT)
        log_.debug1("connection memory: {}", content.error().what);
    return {};
}

void HostMemoryFile::save(HostMemory memory)
{
    if (!is_on() || (known_ && *known_ == memory))
        return;
    SystemRandom random;
    auto all = read();                                            // others may have written meanwhile
    known_ = memory;
    all.remember(host_, std::move(memory), hashed_, random);
    auto text = all.text();
    if (auto written = replace_file(path_, as_bytes(text), 0600); !written)
        log_.debug1("connection memory: {}", written.error().what);
}

} // namespace nacre
