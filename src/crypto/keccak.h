// SHA-3 and SHAKE (FIPS 202) for the lattice schemes beside it: output in pieces, and four
// inputs at a time.
//
// libcrypto 3.0 has these functions too, but gives a SHAKE's output only once, and fetching and
// making its contexts would cost a lattice scheme more than the hashing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace nacre {

struct SpongeKind {
    std::size_t rate;                                             // bytes per permutation
    std::uint8_t suffix;                                          // domain bits and the first bit of padding
};
inline constexpr SpongeKind sha3_256{136, 0x06}, sha3_512{72, 0x06}, shake128{168, 0x1f}, shake256{136, 0x1f};

// Wipes itself: inputs may be secret.
class Sponge {
public:
    explicit Sponge(SpongeKind kind) : kind_(kind) {}
    Sponge(const Sponge&) = default;
    Sponge& operator=(const Sponge&) = default;
    ~Sponge() { wipe({reinterpret_cast<std::uint8_t*>(lanes_.data()), sizeof lanes_}); }

    Sponge& absorb(Bytes bytes);                                  // not after the first squeeze
    void squeeze(MutableBytes bytes);                             // goes on where the last call ended

private:
    void add(std::size_t at, std::uint8_t byte) { lanes_[at / 8] ^= std::uint64_t{byte} << at % 8 * 8; }

    std::array<std::uint64_t, 25> lanes_{};
    SpongeKind kind_;
    std::size_t at_ = 0;                                          // in the block
    bool squeezing_ = false;
};

inline void sponge_of(SpongeKind kind, Bytes input, MutableBytes output)
{
    Sponge{kind}.absorb(input).squeeze(output);
}

// Four sponges in step, for short inputs of equal length: faster than one after the other where the processor has vectors.
class FourSponges {
public:
    static constexpr std::size_t count = 4;

    FourSponges(SpongeKind kind, std::span<const Bytes, count> inputs);     // each shorter than a block
    FourSponges(const FourSponges&) = delete;
    FourSponges& operator=(const FourSponges&) = delete;
    ~FourSponges() { wipe({reinterpret_cast<std::uint8_t*>(&lanes_), sizeof lanes_}); }

    // The next block of each: kind.rate bytes, at most `size` of them wanted.
    void squeeze_block(std::span<std::uint8_t* const, count> outputs, std::size_t size);

private:
    std::array<std::array<std::uint64_t, count>, 25> lanes_ alignas(32) {};
    SpongeKind kind_;
};

} // namespace nacre
