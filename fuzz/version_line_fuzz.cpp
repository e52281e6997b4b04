// The first line of either side, cut in two at a place the input chooses.
#include "transport/version_exchange.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    Bytes bytes{data + 2, size - 2};
    VersionExchange exchange{data[0] & 1 ? Role::client : Role::server};
    Buffer in;
    auto cut = std::min<std::size_t>(data[1], bytes.size());
    in.append(bytes.first(cut));
    auto first = exchange.receive(in);
    if (!first || *first)
        return 0;
    in.append(bytes.subspan(cut));
    (void)exchange.receive(in);
    return 0;
}
