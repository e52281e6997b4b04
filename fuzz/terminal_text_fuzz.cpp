// What strangers write, on its way to a terminal or a log: nothing that a terminal would obey gets through.
#include "base/json.h"
#include "base/text.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = as_text({data, size});
    for (char c : printable(text))
        if (c < 0x20 || c > 0x7e)
            __builtin_trap();
    auto shown = printable_text(text);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        auto byte = static_cast<std::uint8_t>(shown[i]);
        bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
        bool c1 = byte == 0xc2 && i + 1 < shown.size() && static_cast<std::uint8_t>(shown[i + 1]) < 0xa0;
        if (control || c1)
            __builtin_trap();
    }
    if (printable_text(shown) != shown)
        __builtin_trap();
    return 0;
}
