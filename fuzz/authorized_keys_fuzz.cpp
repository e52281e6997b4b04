// Lines of authorized_keys.  What the quick splitter finds, the full reader must not read differently.
#include "keys/authorized_keys.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto line = as_text({data, size});
    auto parts = split_authorized_keys_line(line);
    auto whole = parse_authorized_keys_line(line);
    if (whole && *whole && (!parts || !*parts || !(*parts)->names((*whole)->key)))
        __builtin_trap();
    (void)parse_key_options(line);
    (void)parse_civil_time(line);
    return 0;
}
