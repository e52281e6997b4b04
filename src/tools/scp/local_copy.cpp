#include "tools/scp/local_copy.h"

#include <vector>

#include "os/process.h"

namespace nacre::scp_tool {

Result<bool> copy_within_machine(const Settings& settings, const std::string& from, const std::string& to)
{
    std::vector<std::string> words{"cp"};
    if (settings.recursive)
        words.emplace_back("-r");
    if (settings.preserve)
        words.emplace_back("-p");
    words.insert(words.end(), {"--", from, to});
    auto child = TRY(spawn({.program = "cp", .search_path = true, .arguments = words}));
    auto status = TRY(child.wait());
    return status.success();
}

} // namespace nacre::scp_tool
