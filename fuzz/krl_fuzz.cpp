// Key revocation lists: binary ones, which must say the same after writing and reading, and specifications.
#include "framed_input.h"
#include "keys/krl.h"
#include "keys/krl_specification.h"

using namespace nacre;

const test::Framing test::framing{0, 0, 0};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Bytes bytes{data, size};
    if (auto list = Krl::read(bytes)) {
        auto written = list->write(1);
        auto again = written ? Krl::read(*written) : Result<Krl>{fail(written.error())};
        if (!again || again->keys() != list->keys() || again->sha1() != list->sha1() || again->sha256() != list->sha256())
            __builtin_trap();
        for (auto& [authority, revoked] : list->authorities()) {
            if (revoked.key_ids.empty() && revoked.serials.ranges().empty())
                continue;
            auto& other = again->authorities().at(authority);
            if (other.key_ids != revoked.key_ids || other.serials.ranges() != revoked.serials.ranges())
                __builtin_trap();
        }
        return 0;
    }
    Krl list;
    (void)apply_specification(list, as_text(bytes), {std::nullopt, true});
    return 0;
}
