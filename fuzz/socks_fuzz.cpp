// What a program says to a dynamic forwarding, in pieces as they come.
#include <algorithm>
#include <cstdlib>

#include "connection/socks.h"

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
    return 0;
}
