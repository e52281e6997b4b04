#include "crypto/keccak.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/contract.h"
#include "crypto/widest.h"

namespace nacre {

namespace {

constexpr std::size_t lane_count = 25;
constexpr int round_count = 24;

// FIPS 202 §3.2.5: one bit of the round constant per power of two, out of a shift register.
constexpr auto round_constants = [] {
    std::array<std::uint64_t, round_count> constants{};
    unsigned state = 1;
    for (auto& constant : constants)
        for (int j = 0; j <= 6; ++j) {
            if (state & 1)
                constant |= std::uint64_t{1} << ((1 << j) - 1);
            state = state << 1 ^ (state & 0x80 ? 0x171u : 0u);
        }
    return constants;
}();

// FIPS 202 §3.2.2, by x + 5y.
constexpr auto rotations = [] {
    std::array<unsigned, lane_count> result{};
    unsigned x = 1, y = 0;
    for (unsigned t = 0; t < 24; ++t) {
        result[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
        unsigned old_x = x;
        x = y;
        y = (2 * old_x + 3 * y) % 5;
    }
    return result;
}();

// body(0), …, body(N - 1) with the number as a constant: lanes then live in registers.
template <std::size_t N, class Body>
[[gnu::always_inline]] inline void unrolled(Body&& body)
{
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
        (body(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<N>{});
}

template <class Lane>
[[gnu::always_inline]] inline void permute_round(Lane* a, std::uint64_t constant)
{
    Lane column[5], mixed[5], moved[lane_count];
    unrolled<5>([&](auto x) __attribute__((always_inline)) {
        column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    });
    unrolled<5>([&](auto x) __attribute__((always_inline)) {
        const Lane& next = column[(x + 1) % 5];
        mixed[x] = column[(x + 4) % 5] ^ (next << 1 | next >> 63);
    });
    unrolled<lane_count>([&](auto i) __attribute__((always_inline)) {
        constexpr std::size_t x = i % 5, y = i / 5, to = y + 5 * ((2 * x + 3 * y) % 5);
        Lane lane = a[i] ^ mixed[x];
        if constexpr (rotations[i] == 0)
            moved[to] = lane;
        else
            moved[to] = lane << rotations[i] | lane >> (64 - rotations[i]);
    });
    unrolled<lane_count>([&](auto i) __attribute__((always_inline)) {
        constexpr std::size_t x = i % 5, row = i - x;
        a[i] = moved[i] ^ (~moved[row + (x + 1) % 5] & moved[row + (x + 2) % 5]);
    });
    a[0] ^= constant;
}

void permute(std::uint64_t* lanes)
{
    std::uint64_t a[lane_count];
    std::copy_n(lanes, lane_count, a);
    for (auto constant : round_constants)
        permute_round(a, constant);
    std::copy_n(a, lane_count, lanes);
}

typedef std::uint64_t FourLanes __attribute__((vector_size(32)));

[[gnu::always_inline]] inline void permute_four_body(void* lanes)
{
    FourLanes a[lane_count];
    std::memcpy(a, lanes, sizeof a);
    for (auto constant : round_constants)
        permute_round(a, constant);
    std::memcpy(lanes, a, sizeof a);
}

void permute_four(void* lanes) { widest<permute_four_body>(lanes); }

std::uint64_t little_endian(std::uint64_t value)
{
    return std::endian::native == std::endian::little ? value : __builtin_bswap64(value);
}

std::uint64_t load(const std::uint8_t* bytes)
{
    std::uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return little_endian(value);
}

} // namespace

Sponge& Sponge::absorb(Bytes bytes)
{
    NACRE_EXPECTS(!squeezing_);
    while (!bytes.empty()) {
        if (at_ % 8 == 0 && bytes.size() >= 8) {
            lanes_[at_ / 8] ^= load(bytes.data());
            at_ += 8;
            bytes = bytes.subspan(8);
        } else {
            add(at_++, bytes[0]);
            bytes = bytes.subspan(1);
        }
        if (at_ == kind_.rate) {
            permute(lanes_.data());
            at_ = 0;
        }
    }
    return *this;
}

void Sponge::squeeze(MutableBytes bytes)
{
    if (!squeezing_) {
        add(at_, kind_.suffix);
        add(kind_.rate - 1, 0x80);
        squeezing_ = true;
        at_ = kind_.rate;
    }
    for (auto& byte : bytes) {
        if (at_ == kind_.rate) {
            permute(lanes_.data());
            at_ = 0;
        }
        byte = static_cast<std::uint8_t>(lanes_[at_ / 8] >> at_ % 8 * 8);
        ++at_;
    }
}

FourSponges::FourSponges(SpongeKind kind, std::span<const Bytes, count> inputs) : kind_(kind)
{
    for (std::size_t i = 0; i < count; ++i) {
        NACRE_EXPECTS(inputs[i].size() == inputs[0].size() && inputs[i].size() < kind.rate);
        std::array<std::uint8_t, 200> block{};
        std::copy(inputs[i].begin(), inputs[i].end(), block.begin());
        block[inputs[i].size()] ^= kind.suffix;
        block[kind.rate - 1] ^= 0x80;
        for (std::size_t lane = 0; lane < kind.rate / 8; ++lane)
            lanes_[lane][i] = load(&block[8 * lane]);
        wipe(block);
    }
}

void FourSponges::squeeze_block(std::span<std::uint8_t* const, count> outputs, std::size_t size)
{
    permute_four(&lanes_);
    std::size_t whole = std::min(size, kind_.rate) / 8;
    NACRE_EXPECTS(size % 8 == 0);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t lane = 0; lane < whole; ++lane) {
            auto value = little_endian(lanes_[lane][i]);
            std::memcpy(outputs[i] + 8 * lane, &value, sizeof value);
        }
}

} // namespace nacre
