// Lines of authorized_keys: what they name is the key that they hold.
#include "keys/authorized_keys.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto line = as_text({data, size});
    if (auto parts = split_authorized_keys_line(line); parts && *parts) {
        (void)parse_key_options((*parts)->options);
        auto key = (*parts)->key();
        if (key && !(*parts)->names(*key))
            __builtin_trap();
    }
    (void)parse_key_options(line);
    (void)parse_civil_time(line);
    return 0;
}
