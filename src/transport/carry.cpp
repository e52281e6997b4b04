#include "transport/carry.h"

#include <algorithm>

namespace nacre {

std::size_t carry(Transport& from, Transport& to, std::size_t at_most)
{
    auto bytes = from.to_transmit();
    if (bytes.empty())
        return 0;
    auto space = to.receive_space();
    auto count = std::min({bytes.size(), space.size(), at_most});
    std::copy_n(bytes.begin(), count, space.begin());
    to.received(count);
    from.transmitted(count);
    return count;
}

} // namespace nacre
