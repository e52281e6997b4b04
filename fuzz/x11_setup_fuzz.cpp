// The first bytes of a program that wants to the display: whoever does not show our cookie gets nowhere, in whatever
// pieces they come.
#include "connection/x11_setup.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::string_view protocol = "MIT-MAGIC-COOKIE-1";
    if (size < 1 || size > 4096)
        return 0;
    const ByteVector fake(data[0] % 33U, 'f'), real(fake.size(), 'r');
    Bytes input{data + 1, size - 1};
    for (std::size_t seen = 0; seen <= input.size(); ++seen) {
        ByteVector first = to_vector(input.first(seen));
        auto verdict = exchange_cookie(first, protocol, fake, real);
        bool changed = !same_bytes(first, input.first(seen));
        if (changed && verdict != X11Verdict::accepted)
            __builtin_trap();
        auto shown = as_text(input.first(seen));
        if (verdict == X11Verdict::accepted && (!shown.contains(protocol) || !shown.contains(as_text(fake))))
            __builtin_trap();
        if (verdict != X11Verdict::incomplete) {
            ByteVector whole = to_vector(input);
            if (exchange_cookie(whole, protocol, fake, real) != verdict)
                __builtin_trap();
            break;
        }
    }
    return 0;
}
