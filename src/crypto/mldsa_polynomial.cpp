#include "crypto/mldsa_polynomial.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "crypto/keccak.h"
#include "crypto/widest.h"

namespace nacre::mldsa {

namespace {

constexpr std::int32_t q_inverse = 58728449;                      // q^-1 mod 2^32: Montgomery's constant
static_assert(static_cast<std::int32_t>(static_cast<std::uint32_t>(q_inverse) * static_cast<std::uint32_t>(q)) == 1);

constexpr unsigned challenge_weight = 39;                         // tau
constexpr std::int32_t steps = (q - 1) / (2 * gamma_2);           // 44 values of the high bits

constexpr std::int64_t modulo(std::int64_t value) { return (value % q + q) % q; }
constexpr std::int64_t two_to_32 = (std::int64_t{1} << 32) % q;

// In (-q/2, q/2], times 2^32: what montgomery() turns into a plain factor.
constexpr std::int32_t montgomery_form(std::int64_t value)
{
    auto result = modulo(modulo(value) * two_to_32);
    return static_cast<std::int32_t>(result > q / 2 ? result - q : result);
}

// a / 2^32 mod q, in (-q, q), for |a| < 2^31 q.
constexpr std::int32_t montgomery(std::int64_t a)
{
    auto multiple = static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(q_inverse));
    return static_cast<std::int32_t>((a - std::int64_t{multiple} * q) >> 32);
}

constexpr std::int32_t multiply(std::int32_t a, std::int32_t b) { return montgomery(std::int64_t{a} * b); }

// |a| < 2^31 - 2^22, into [0, q).
constexpr std::int32_t reduce(std::int32_t a)
{
    a -= ((a + (1 << 22)) >> 23) * q;                             // nearly nearest to zero
    return a + ((a >> 31) & q);
}

// Powers of 1753 in bit-reversed order (Appendix B), in Montgomery's form.
constexpr auto zetas = [] {
    std::array<std::int32_t, degree> result{};
    std::array<std::int64_t, degree> powers{};
    powers[0] = 1;
    for (std::size_t i = 1; i < degree; ++i)
        powers[i] = powers[i - 1] * 1753 % q;
    for (unsigned i = 0; i < degree; ++i) {
        unsigned reversed = 0;
        for (unsigned bit = 0; bit < 8; ++bit)
            reversed |= (i >> bit & 1) << (7 - bit);
        result[i] = montgomery_form(powers[reversed]);
    }
    return result;
}();

using Row = std::int32_t* __restrict;
using ConstRow = const std::int32_t* __restrict;

// `length` butterflies; a constant, so that the compiler finds the vectors.
template <std::size_t length>
[[gnu::always_inline]] inline void layer(std::int32_t* c)
{
    for (std::size_t group = 0; group < degree / (2 * length); ++group) {
        const auto zeta = zetas[degree / (2 * length) + group];
        Row a = c + 2 * length * group, b = a + length;
        for (std::size_t i = 0; i < length; ++i) {
            auto product = multiply(b[i], zeta);
            b[i] = a[i] - product;
            a[i] = a[i] + product;
        }
    }
}

template <std::size_t length>
[[gnu::always_inline]] inline void inverse_layer(std::int32_t* c)
{
    for (std::size_t group = 0; group < degree / (2 * length); ++group) {
        const auto zeta = -zetas[degree / length - 1 - group];
        Row a = c + 2 * length * group, b = a + length;
        for (std::size_t i = 0; i < length; ++i) {
            auto difference = a[i] - b[i];
            a[i] = a[i] + b[i];
            b[i] = multiply(difference, zeta);
        }
    }
}

// Each layer adds less than q: 9 q fit into 32 bits many times over.
[[gnu::always_inline]] inline void to_ntt_body(std::int32_t* c)
{
    layer<128>(c);
    layer<64>(c);
    layer<32>(c);
    layer<16>(c);
    layer<8>(c);
    layer<4>(c);
    layer<2>(c);
    layer<1>(c);
    for (std::size_t i = 0; i < degree; ++i)
        c[i] = reduce(c[i]);
}

// Sums double in each layer, and 256 q would be too much: hence the reduction half way.
[[gnu::always_inline]] inline void from_ntt_body(std::int32_t* c)
{
    constexpr auto factor = montgomery_form(two_to_32 * 8347681); // 256^-1 as in Algorithm 42, and 2^32 as promised
    inverse_layer<1>(c);
    inverse_layer<2>(c);
    inverse_layer<4>(c);
    inverse_layer<8>(c);
    for (std::size_t i = 0; i < degree; ++i)
        c[i] = reduce(c[i]);
    inverse_layer<16>(c);
    inverse_layer<32>(c);
    inverse_layer<64>(c);
    inverse_layer<128>(c);
    for (std::size_t i = 0; i < degree; ++i)
        c[i] = reduce(multiply(c[i], factor));
}

[[gnu::always_inline]] inline void add_product_body(Row sum, ConstRow a, ConstRow b)
{
    for (std::size_t i = 0; i < degree; ++i)
        sum[i] = reduce(sum[i] + multiply(a[i], b[i]));
}

// Algorithm 36.  The first line divides by 2 gamma_2, rounding to the nearest, without division.
constexpr std::pair<std::int32_t, std::int32_t> decompose(std::int32_t a)
{
    std::int32_t high = (a + 127) >> 7;
    high = (high * 11275 + (1 << 23)) >> 24;
    high ^= ((steps - 1 - high) >> 31) & high;                    // 44 is 0
    std::int32_t low = a - high * 2 * gamma_2;
    low -= (((q - 1) / 2 - low) >> 31) & q;
    return {high, low};
}

constexpr std::size_t together = FourSponges::count;

} // namespace

void to_ntt(Polynomial& a) { widest<to_ntt_body>(a.c.data()); }
void from_ntt(Polynomial& a) { widest<from_ntt_body>(a.c.data()); }

void add(Polynomial& a, const Polynomial& b)
{
    for (std::size_t i = 0; i < degree; ++i)
        a.c[i] = reduce(a.c[i] + b.c[i]);
}

void subtract(Polynomial& a, const Polynomial& b)
{
    for (std::size_t i = 0; i < degree; ++i)
        a.c[i] = reduce(a.c[i] - b.c[i]);
}

Polynomial multiply(const Polynomial& a, const Polynomial& b)
{
    Polynomial product;
    add_product(product, a, b);
    return product;
}

void add_product(Polynomial& sum, const Polynomial& a, const Polynomial& b)
{
    widest<add_product_body>(sum.c.data(), a.c.data(), b.c.data());
}

std::int32_t reaches(const Polynomial& a, std::int32_t bound)
{
    std::int32_t beyond = 0;
    for (auto c : a.c) {
        std::int32_t centred = c - ((((q - 1) / 2 - c) >> 31) & q);
        std::int32_t size = (centred ^ (centred >> 31)) - (centred >> 31);
        beyond |= (bound - 1 - size) >> 31;
    }
    return beyond;
}

void power_2_round(Polynomial& high, Polynomial& low, const Polynomial& a)
{
    for (std::size_t i = 0; i < degree; ++i) {
        high.c[i] = (a.c[i] + (1 << (dropped_bits - 1)) - 1) >> dropped_bits;
        low.c[i] = a.c[i] - (high.c[i] << dropped_bits);
    }
}

Polynomial high_bits(const Polynomial& a)
{
    Polynomial high;
    for (std::size_t i = 0; i < degree; ++i)
        high.c[i] = decompose(a.c[i]).first;
    return high;
}

Polynomial low_bits(const Polynomial& a)
{
    Polynomial low;
    for (std::size_t i = 0; i < degree; ++i)
        low.c[i] = reduce(decompose(a.c[i]).second);
    return low;
}

std::int32_t make_hint(Polynomial& hint, const Polynomial& a, const Polynomial& b)
{
    std::int32_t count = 0;
    for (std::size_t i = 0; i < degree; ++i) {
        std::int32_t difference = decompose(a.c[i]).first ^ decompose(b.c[i]).first;
        hint.c[i] = -(-difference >> 31);
        count += hint.c[i];
    }
    return count;
}

Polynomial use_hint(const Polynomial& hint, const Polynomial& a)
{
    Polynomial corrected;
    for (std::size_t i = 0; i < degree; ++i) {
        auto [high, low] = decompose(a.c[i]);
        if (hint.c[i] != 0)                                       // of a signature, which everybody may see
            high = (high + (low > 0 ? 1 : steps - 1)) % steps;
        corrected.c[i] = high;
    }
    return corrected;
}

void sample_uniform(std::span<const MatrixEntry> entries, Bytes seed)
{
    NACRE_EXPECTS(!entries.empty() && entries.size() <= together && seed.size() == 32);
    std::array<std::array<std::uint8_t, 34>, together> inputs{};
    std::array<Bytes, together> views;
    std::array<std::array<std::uint8_t, shake128.rate>, together> output;
    std::array<std::uint8_t*, together> places;
    for (std::size_t i = 0; i < together; ++i) {
        auto& entry = entries[std::min(i, entries.size() - 1)];
        std::copy(seed.begin(), seed.end(), inputs[i].begin());
        inputs[i][32] = entry.column;
        inputs[i][33] = entry.row;
        views[i] = inputs[i];
        places[i] = output[i].data();
    }
    FourSponges sponges{shake128, views};
    std::array<std::size_t, together> counts{};
    for (bool complete = false; !complete;) {
        sponges.squeeze_block(places, shake128.rate);
        complete = true;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            for (std::size_t at = 0; at < shake128.rate && counts[i] < degree; at += 3) {
                auto* bytes = &output[i][at];
                std::int32_t number = bytes[0] | bytes[1] << 8 | (bytes[2] & 0x7f) << 16;
                if (number < q)
                    entries[i].polynomial->c[counts[i]++] = number;
            }
            complete = complete && counts[i] == degree;
        }
    }
}

void sample_small(Polynomial& a, Bytes seed, std::uint16_t number)
{
    const std::array<std::uint8_t, 2> suffix{static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8)};
    Sponge sponge{shake256};
    sponge.absorb(seed).absorb(suffix);
    std::array<std::uint8_t, shake256.rate> block;
    for (std::size_t count = 0; count < degree;) {
        sponge.squeeze(block);
        for (std::size_t i = 0; i < 2 * block.size() && count < degree; ++i) {
            std::int32_t half = block[i / 2] >> (i % 2 * 4) & 0xf;
            if (half < 15)
                a.c[count++] = 2 - (half - 5 * ((205 * half) >> 10));
        }
    }
    wipe(block);
}

void sample_mask(Polynomial& a, Bytes seed, std::uint16_t number)
{
    const std::array<std::uint8_t, 2> suffix{static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8)};
    std::array<std::uint8_t, 576> bytes;
    Sponge{shake256}.absorb(seed).absorb(suffix).squeeze(bytes);
    unpack<18>(bytes, [&](std::size_t n, std::int32_t value) { a.c[n] = gamma_1 - value; });
    wipe(bytes);
}

Polynomial sample_challenge(Bytes seed)
{
    Sponge sponge{shake256};
    sponge.absorb(seed);
    std::array<std::uint8_t, 8> signs;
    sponge.squeeze(signs);
    Polynomial challenge;
    for (std::size_t i = degree - challenge_weight, n = 0; i < degree; ++i, ++n) {
        std::uint8_t place = 0;
        do
            sponge.squeeze({&place, 1});
        while (place > i);
        challenge.c[i] = challenge.c[place];
        challenge.c[place] = (signs[n / 8] >> n % 8 & 1) != 0 ? -1 : 1;
    }
    return challenge;
}

} // namespace nacre::mldsa
