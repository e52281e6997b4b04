#include "os/function_table.h"

namespace nacre {

Result<void*> load_library(const char* library)
{
    if (auto* handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL))
        return handle;
    auto* why = ::dlerror();
    return system_failure(why ? why : "the library cannot be loaded");
}

Result<void> check_library(const char* library)
{
    auto* handle = TRY(load_library(library));
    ::dlclose(handle);
    return {};
}

} // namespace nacre
