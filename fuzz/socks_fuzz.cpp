// What a program says to a dynamic forwarding, in pieces as they come.
#include <algorithm>
#include <cstdlib>

#include "connection/socks.h"
#include "connection/x11_setup.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Bytes input{data, size};
    SocksNegotiation socks;
    std::size_t from = 0, until = std::min<std::size_t>(size, 1);
    while (until <= size) {
        auto step = socks.advance(input.subspan(from, until - from));
        if (step.used > until - from)
            std::abort();
        from += step.used;
        if (step.next != SocksStep::Next::wait)
            break;
        if (step.used == 0 && until - from >= SocksNegotiation::longest_message)
            std::abort();
        if (step.used == 0)
            until += 1 + (until < size ? input[until] % 16 : 0);  // the cut depends on the bytes
    }
    const ByteVector fake(16, 0xaa), real(16, 0x55);
    ByteVector first{data, data + size};
    (void)exchange_cookie(first, "MIT-MAGIC-COOKIE-1", fake, real);
    return 0;
}
