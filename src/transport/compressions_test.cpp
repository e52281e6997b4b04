#include "transport/compressions.h"

#include <zlib.h>

#include <gtest/gtest.h>

#include "base/table.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

const Compression& zlib() { return *find_compression("zlib@openssh.com"); }

// What a hostile peer might send: one whole zlib stream.
ByteVector bomb(std::size_t size)
{
    ByteVector zeros(size), compressed(compressBound(static_cast<uLong>(size)));
    auto length = static_cast<uLongf>(compressed.size());
    EXPECT_EQ(compress2(compressed.data(), &length, zeros.data(), static_cast<uLong>(size), 9), Z_OK);
    compressed.resize(length);
    return compressed;
}

TEST(Compression, EveryPayloadComesBack)
{
    test::SeededRandom random{1};
    for (int level : {1, 6, 9}) {
        auto compressor = zlib().make_compressor(level);
        auto decompressor = zlib().make_decompressor();
        for (int i = 0; i < 200; ++i) {
            ByteVector payload(random.one_in(5) ? random.below(200'000) : random.below(300));
            if (random.one_in(2))
                random.fill(payload);
            Buffer compressed, back;
            compressor->compress(payload, compressed);
            auto result = decompressor->decompress(compressed.data(), back);
            ASSERT_TRUE(result) << result.error().what;
            EXPECT_TRUE(same_bytes(back.data(), payload));
        }
    }
}

TEST(Compression, LaterPacketsProfitFromEarlierOnes)
{
    auto compressor = zlib().make_compressor(6);
    test::SeededRandom random{2};
    auto payload = random.bytes<1000>();
    Buffer first, second;
    compressor->compress(payload, first);
    compressor->compress(payload, second);
    EXPECT_GT(first.size(), 900u);
    EXPECT_LT(second.size(), 100u);
}

TEST(Compression, TheLargestPayloadPassesAndOneByteMoreDoesNot)
{
    for (std::size_t size : {decompressed_limit, decompressed_limit + 1}) {
        Buffer compressed, back;
        zlib().make_compressor(6)->compress(ByteVector(size), compressed);
        auto result = zlib().make_decompressor()->decompress(compressed.data(), back);
        EXPECT_EQ(result.has_value(), size == decompressed_limit);
        EXPECT_LE(back.size(), decompressed_limit + 1);
    }
}

TEST(Compression, BombsAreRefusedBeforeTheyGoOff)
{
    auto packet = bomb(50'000'000);
    ASSERT_LT(packet.size(), 100'000u);
    Buffer back;
    auto result = zlib().make_decompressor()->decompress(packet, back);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason, DisconnectReason::compression_error);
    EXPECT_LE(back.size(), decompressed_limit + 1);
    EXPECT_LE(back.capacity(), 2 * decompressed_limit + 8192);
}

TEST(Compression, DamageIsRefused)
{
    Buffer compressed, back;
    zlib().make_compressor(6)->compress(as_bytes("some payload"), compressed);
    auto damaged = to_vector(compressed.data());
    damaged[0] ^= 0xff;
    auto result = zlib().make_decompressor()->decompress(damaged, back);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::peer_misbehaved);

    // A stream that ends, and one that wants a preset dictionary.
    EXPECT_FALSE(zlib().make_decompressor()->decompress(bomb(10), back));
    EXPECT_FALSE(zlib().make_decompressor()->decompress(ByteVector{0x78, 0x20, 0, 0, 0, 1, 0}, back));
}

TEST(Compression, TheTableHasWhatOpensshHas)
{
    EXPECT_EQ(names_of(compressions(), [](auto&) { return true; }), "none,zlib@openssh.com");
    EXPECT_TRUE(zlib().delayed);
    EXPECT_EQ(find_compression("none")->make_compressor, nullptr);
}

} // namespace
} // namespace nacre
