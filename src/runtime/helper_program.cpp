#include "runtime/helper_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "os/environment.h"
#include "os/process.h"

namespace nacre {

Result<std::string> helper_program(std::string_view name, const char* variable)
{
    if (variable != nullptr)
        if (auto named = environment_variable(variable); named && !named->empty()) {
            if (!named->starts_with('/'))
                return bad_input(fmt::format("{} must be an absolute path", variable));
            return *named;
        }
    std::vector<std::string> folders;
    if (auto own = own_program())
        folders.push_back(own->substr(0, own->rfind('/')));
#ifdef NACRE_LIBEXEC_DIR
    folders.emplace_back(NACRE_LIBEXEC_DIR);
#endif
#ifdef NACRE_BUILD_BIN_DIR
    folders.emplace_back(NACRE_BUILD_BIN_DIR);
#endif
    for (auto& folder : folders) {
        auto path = fmt::format("{}/{}", folder, name);
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return bad_input(fmt::format("{} is not installed", name));
}

} // namespace nacre
