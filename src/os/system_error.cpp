#include "os/system_error.h"

#include <system_error>

namespace nacre {

std::string os_error_text(int os_error)
{
    return std::generic_category().message(os_error);
}

Failure errno_failure(std::string_view what, int os_error)
{
    std::string text{what};
    text += ": ";
    text += os_error_text(os_error);
    return system_failure(std::move(text), os_error);
}

} // namespace nacre
