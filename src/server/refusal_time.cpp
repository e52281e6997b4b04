#include "server/refusal_time.h"

#include <cstdint>

#include "crypto/hash.h"

namespace nacre {

Duration refusal_time(Bytes secret, std::string_view user, Duration shortest, Duration elapsed)
{
    Hash hash{HashKind::sha256};
    hash.update(secret);
    hash.update(as_bytes(user));
    auto digest = hash.finish();
    auto more = (std::uint32_t{digest[0]} << 8 | digest[1]) % 4250;
    Duration least = shortest + shortest * more / 5000;
    while (least < elapsed)
        least *= 2;
    return least;
}

} // namespace nacre
