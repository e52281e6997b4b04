#include "os/oom_protection.h"

#include <fcntl.h>

#include <array>

#include "os/fd.h"
#include "os/system_error.h"

namespace nacre {
namespace {

constexpr const char* score_file = "/proc/self/oom_score_adj";
constexpr std::string_view never = "-1000";

} // namespace

std::optional<std::string> shield_from_out_of_memory()
{
    Fd file{::open(score_file, O_RDONLY | O_CLOEXEC)};
    std::array<std::uint8_t, 16> text{};
    auto read = file ? read_some(file.number(), text) : Result<Io>{errno_failure(score_file)};
    if (!read || read->bytes == 0)
        return std::nullopt;
    std::string before{reinterpret_cast<const char*>(text.data()), read->bytes};
    if (!set_out_of_memory_score(never))
        return std::nullopt;
    return before;
}

Result<void> set_out_of_memory_score(std::string_view score)
{
    Fd file{::open(score_file, O_WRONLY | O_CLOEXEC)};
    if (!file)
        return errno_failure(score_file);
    return write_all(file.number(), as_bytes(score));
}

} // namespace nacre
