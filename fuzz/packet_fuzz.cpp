// Packets in clear, bare and under every cipher, with a key that is known.
#include <algorithm>

#include "support/seeded_random.h"
#include "transport/packet_reader.h"
#include "transport/session_keys.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 3)
        return 0;
    PacketReader reader;
    if (data[0] < ciphers().size()) {
        DirectionAlgorithms use{.cipher = &ciphers()[data[0]], .mac = nullptr, .compression = nullptr};
        if (!use.cipher->authenticates)
            use.mac = &macs()[data[1] % macs().size()];
        KeyMaterial material{HashKind::sha256, as_bytes("k"), as_bytes("h"), as_bytes("s")};
        reader.take_keys(make_opener(use, Direction::client_to_server, material), false);
    }
    if (data[2] & 2)
        reader.expect_bare_packets();
    if (data[2] & 1)
        reader.decompress_with(find_compression("zlib@openssh.com")->make_decompressor());
    Bytes rest{data + 3, size - 3};
    while (!rest.empty()) {
        auto space = reader.space();
        auto count = std::min(space.size(), rest.size());
        std::copy_n(rest.begin(), count, space.begin());
        reader.received(count);
        rest = rest.subspan(count);
        for (;;) {
            auto packet = reader.next();
            if (!packet)
                return 0;
            if (!*packet)
                break;
        }
    }
    return 0;
}
