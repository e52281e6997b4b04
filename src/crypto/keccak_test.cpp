#include "crypto/keccak.h"

#include <gtest/gtest.h>

#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

const SpongeKind& kind_of(std::string_view name)
{
    return name == "SHA3-256" ? sha3_256 : name == "SHA3-512" ? sha3_512 : name == "SHAKE128" ? shake128 : shake256;
}

TEST(Sponge, GivesTheVectorsOfSha3)
{
    for (auto& vector : test::read_vectors("sha3.vec")) {
        auto expected = vector.bytes("Digest");
        ByteVector digest(expected.size());
        sponge_of(kind_of(vector.text("section")), vector.bytes("Message"), digest);
        EXPECT_EQ(to_hex(digest), to_hex(expected)) << "line " << vector.line;
    }
}

TEST(Sponge, TakesAndGivesPieces)
{
    test::SeededRandom random{1};
    ByteVector message(1000), whole(1000);
    random.fill(message);
    sponge_of(shake128, message, whole);
    for (int round = 0; round < 50; ++round) {
        Sponge sponge{shake128};
        for (Bytes rest{message}; !rest.empty();) {
            auto piece = std::min<std::size_t>(random.below(200), rest.size());
            sponge.absorb(rest.first(piece));
            rest = rest.subspan(piece);
        }
        ByteVector out(1000);
        for (MutableBytes rest{out}; !rest.empty();) {
            auto piece = std::min<std::size_t>(random.below(200), rest.size());
            sponge.squeeze(rest.first(piece));
            rest = rest.subspan(piece);
        }
        EXPECT_EQ(out, whole);
    }
}

TEST(FourSponges, GiveWhatOneWouldGive)
{
    test::SeededRandom random{2};
    for (auto& kind : {shake128, shake256})
        for (std::size_t size : {0u, 1u, 33u, 34u, 135u}) {
            std::array<ByteVector, 4> messages, outputs;
            std::array<Bytes, 4> inputs;
            for (std::size_t i = 0; i < 4; ++i) {
                messages[i].resize(size);
                random.fill(messages[i]);
                inputs[i] = messages[i];
                outputs[i].resize(3 * kind.rate);
            }
            FourSponges sponges{kind, inputs};
            for (std::size_t block = 0; block < 3; ++block) {
                std::array<std::uint8_t*, 4> places;
                for (std::size_t i = 0; i < 4; ++i)
                    places[i] = &outputs[i][block * kind.rate];
                sponges.squeeze_block(places, kind.rate);
            }
            for (std::size_t i = 0; i < 4; ++i) {
                ByteVector expected(3 * kind.rate);
                sponge_of(kind, messages[i], expected);
                EXPECT_EQ(outputs[i], expected);
            }
        }
}

} // namespace
} // namespace nacre
