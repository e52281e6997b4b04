#include "crypto/mlkem_polynomial.h"

#include <algorithm>

#include "base/contract.h"
#include "crypto/keccak.h"
#include "crypto/widest.h"

namespace nacre::mlkem {

namespace {

constexpr std::size_t block = 16;                                 // coefficients, and blocks per polynomial

// q^-1 mod 2^16, signed: Montgomery's constant.
constexpr std::int16_t q_inverse = -3327;
static_assert(static_cast<std::int16_t>(q_inverse * q) == 1);

constexpr int modulo(std::int64_t value) { return static_cast<int>((value % q + q) % q); }

// In (-q/2, q/2], times 2^16: what multiply() turns into a plain factor.
constexpr std::int16_t montgomery_form(std::int64_t value)
{
    int result = modulo(value * 65536);
    return static_cast<std::int16_t>(result > q / 2 ? result - q : result);
}

// Powers of 17 in the order of §4.3, Appendix A: zeta^BitRev7(i).
constexpr auto zetas = [] {
    std::array<std::int64_t, 128> powers{};
    for (unsigned i = 0; i < 128; ++i) {
        unsigned reversed = 0;
        for (unsigned bit = 0; bit < 7; ++bit)
            reversed |= (i >> bit & 1) << (6 - bit);
        powers[i] = 1;
        for (unsigned n = 0; n < reversed; ++n)
            powers[i] = powers[i] * 17 % q;
    }
    return powers;
}();

struct alignas(32) Row {
    std::int16_t at[block];
};

enum class Way { there, back };

// The factors of a layer with `groups` groups of butterflies, in the order of the standard's loops.
constexpr std::int16_t layer_zeta(Way way, std::size_t groups, std::size_t group)
{
    return montgomery_form(zetas[way == Way::there ? groups + group : 2 * groups - 1 - group]);
}

// The four layers over whole blocks: group g of the layer with n groups uses row n + g, the same factor in all of it.
constexpr auto block_layers(Way way)
{
    std::array<Row, block> rows{};
    for (std::size_t groups = 1; groups < block; groups *= 2)
        for (std::size_t group = 0; group < groups; ++group)
            for (auto& entry : rows[groups + group].at)
                entry = layer_zeta(way, groups, group);
    return rows;
}

// The three layers inside blocks, transposed: as above, and column b belongs to block b.
constexpr auto inner_layers(Way way)
{
    std::array<Row, 8> rows{};
    for (std::size_t groups = 1; groups < 8; groups *= 2)
        for (std::size_t group = 0; group < groups; ++group)
            for (std::size_t b = 0; b < block; ++b)
                rows[groups + group].at[b] = layer_zeta(way, block * groups, groups * b + group);
    return rows;
}

// zeta^(2 BitRev7(i) + 1) for the pair i = 8b + p of block b, in row p: a zeta of the last layer, or its negative.
constexpr auto pair_zetas = [] {
    std::array<Row, 8> rows{};
    for (std::size_t p = 0; p < 8; ++p)
        for (std::size_t b = 0; b < block; ++b) {
            auto zeta = zetas[64 + (8 * b + p) / 2];
            rows[p].at[b] = montgomery_form(p % 2 == 0 ? zeta : -zeta);
        }
    return rows;
}();

constexpr auto blocks_there = block_layers(Way::there), blocks_back = block_layers(Way::back);
constexpr auto inner_there = inner_layers(Way::there), inner_back = inner_layers(Way::back);

constexpr std::int16_t narrow(int value) { return static_cast<std::int16_t>(value); }

// a b / 2^16 mod q, in (-q, q), for |a b| < 2^15 q.
constexpr std::int16_t multiply(std::int16_t a, std::int16_t b)
{
    std::int16_t high = narrow((a * b) >> 16);
    std::int16_t low = narrow(a * b);
    std::int16_t multiple = narrow(low * q_inverse);
    return narrow(high - narrow((multiple * q) >> 16));
}

// Any number into [0, q).
constexpr std::int16_t reduce(std::int16_t a)
{
    std::int16_t quotient = narrow(narrow((a * 20159) >> 16) >> 10);
    std::int16_t rest = narrow(narrow(a - narrow(quotient * q)) - q);   // in [-q, 0]
    return narrow(rest + (narrow(rest >> 15) & q));
}
static_assert(reduce(q) == 0 && reduce(-1) == q - 1 && reduce(32767) == 32767 % q && reduce(-32768) == q * 10 - 32768);

using Row16 = std::int16_t* __restrict;
using ConstRow16 = const std::int16_t* __restrict;

// Cooley and Tukey's butterfly.
[[gnu::always_inline]] inline void butterfly(Row16 a, Row16 b, ConstRow16 zeta)
{
    for (std::size_t i = 0; i < block; ++i) {
        std::int16_t product = multiply(b[i], zeta[i]);
        b[i] = narrow(a[i] - product);
        a[i] = narrow(a[i] + product);
    }
}

// Gentleman and Sande's, for the way back.
[[gnu::always_inline]] inline void inverse_butterfly(Row16 a, Row16 b, ConstRow16 zeta)
{
    for (std::size_t i = 0; i < block; ++i) {
        std::int16_t difference = narrow(b[i] - a[i]);
        a[i] = reduce(narrow(a[i] + b[i]));
        b[i] = multiply(difference, zeta[i]);
    }
}

[[gnu::always_inline]] inline void transpose(std::int16_t* c)
{
    for (std::size_t row = 1; row < block; ++row)
        for (std::size_t column = 0; column < row; ++column) {
            std::int16_t other = c[block * column + row];
            c[block * column + row] = c[block * row + column];
            c[block * row + column] = other;
        }
}

[[gnu::always_inline]] inline void reduce_all(std::int16_t* c)
{
    for (std::size_t i = 0; i < degree; ++i)
        c[i] = reduce(c[i]);
}

// One layer: groups of 2 * distance rows, group g with the factors zeta[g].
template <std::size_t distance>
[[gnu::always_inline]] inline void layer(std::int16_t* c, const Row* zeta)
{
    for (std::size_t first = 0; first < block; first += 2 * distance, ++zeta)
        for (std::size_t row = first; row < first + distance; ++row)
            butterfly(c + block * row, c + block * (row + distance), zeta->at);
}

template <std::size_t distance>
[[gnu::always_inline]] inline void inverse_layer(std::int16_t* c, const Row* zeta)
{
    for (std::size_t first = 0; first < block; first += 2 * distance, ++zeta)
        for (std::size_t row = first; row < first + distance; ++row)
            inverse_butterfly(c + block * row, c + block * (row + distance), zeta->at);
}

[[gnu::always_inline]] inline void to_ntt_body(std::int16_t* c)
{
    layer<8>(c, &blocks_there[1]);
    layer<4>(c, &blocks_there[2]);
    layer<2>(c, &blocks_there[4]);
    layer<1>(c, &blocks_there[8]);
    transpose(c);
    layer<8>(c, &inner_there[1]);
    layer<4>(c, &inner_there[2]);
    layer<2>(c, &inner_there[4]);
    reduce_all(c);
}

[[gnu::always_inline]] inline void scale(std::int16_t* c, std::int16_t factor)
{
    for (std::size_t i = 0; i < degree; ++i)
        c[i] = reduce(multiply(c[i], factor));
}

[[gnu::always_inline]] inline void from_ntt_body(std::int16_t* c)
{
    inverse_layer<2>(c, &inner_back[4]);
    inverse_layer<4>(c, &inner_back[2]);
    inverse_layer<8>(c, &inner_back[1]);
    transpose(c);
    inverse_layer<1>(c, &blocks_back[8]);
    inverse_layer<2>(c, &blocks_back[4]);
    inverse_layer<4>(c, &blocks_back[2]);
    inverse_layer<8>(c, &blocks_back[1]);
    scale(c, montgomery_form(65536 / 128));                       // 1/128 as in Algorithm 10, and 2^16 as promised
}

[[gnu::always_inline]] inline void times_2_16_body(std::int16_t* c) { scale(c, montgomery_form(65536)); }

[[gnu::always_inline]] inline void add_body(Row16 a, ConstRow16 b)
{
    for (std::size_t i = 0; i < degree; ++i)
        a[i] = reduce(narrow(a[i] + b[i]));
}

[[gnu::always_inline]] inline void subtract_body(Row16 a, ConstRow16 b)
{
    for (std::size_t i = 0; i < degree; ++i)
        a[i] = reduce(narrow(a[i] - b[i]));
}

// (a0 + a1 X)(b0 + b1 X) mod X^2 - zeta, sixteen of them, added to the sums.
[[gnu::always_inline]] inline void add_products(Row16 sum, ConstRow16 a, ConstRow16 b, ConstRow16 zeta)
{
    for (std::size_t i = 0; i < block; ++i) {
        std::int16_t a0 = a[i], a1 = a[block + i], b0 = b[i], b1 = b[block + i];
        sum[i] = narrow(sum[i] + multiply(multiply(a1, b1), zeta[i]) + multiply(a0, b0));
        sum[block + i] = narrow(sum[block + i] + multiply(a0, b1) + multiply(a1, b0));
    }
}

// Sums of 2 * 4 products below q fit into 16 bits.
[[gnu::always_inline]] inline void dot_product_body(std::int16_t* sum, std::span<const Polynomial* const> a,
                                                    const Polynomial* b)
{
    for (std::size_t i = 0; i < degree; ++i)
        sum[i] = 0;
    for (std::size_t term = 0; term < a.size(); ++term)
        for (std::size_t p = 0; p < block / 2; ++p)
            add_products(sum + 2 * block * p, &a[term]->c[2 * block * p], &b[term].c[2 * block * p], pair_zetas[p].at);
    reduce_all(sum);
}

// Where coefficient n of the standard lies in the NTT domain.
constexpr std::size_t place(std::size_t n) { return n % block * block + n / block; }

constexpr std::size_t together = FourSponges::count;

// Takes what is below q out of a block of output, two numbers of 12 bits from three bytes.
void take_uniform(Polynomial& a, std::size_t& count, Bytes bytes)
{
    auto take = [&](unsigned number) {
        if (number < static_cast<unsigned>(q) && count < degree)
            a.c[place(count++)] = static_cast<std::int16_t>(number);
    };
    for (std::size_t i = 0; i + 3 <= bytes.size() && count < degree; i += 3) {
        take(bytes[i] | (bytes[i + 1] & 0xfu) << 8);
        take(bytes[i + 1] >> 4 | unsigned{bytes[i + 2]} << 4);
    }
}

// Algorithm 8: two bits minus two bits.
[[gnu::always_inline]] inline void take_noise_body(Row16 c, const std::uint8_t* __restrict bytes)
{
    for (std::size_t i = 0; i < degree / 2; ++i) {
        unsigned twos = (bytes[i] & 0x55u) + (bytes[i] >> 1 & 0x55u);
        c[2 * i] = narrow(static_cast<int>(twos & 3) - static_cast<int>(twos >> 2 & 3));
        c[2 * i + 1] = narrow(static_cast<int>(twos >> 4 & 3) - static_cast<int>(twos >> 6));
    }
}

// round(2^d x / q) mod 2^d.  The product with the rounded-up reciprocal is exact for numerators below 2^23; a
// division might take longer for some numbers than for others.
template <unsigned d>
constexpr std::uint32_t compress(std::int16_t x)
{
    std::uint64_t numerator = (static_cast<std::uint64_t>(x) << d) + q / 2;
    constexpr std::uint64_t reciprocal = (std::uint64_t{1} << 36) / q + 1;
    return static_cast<std::uint32_t>(numerator * reciprocal >> 36) & ((1u << d) - 1);
}

template <unsigned d>
constexpr std::int16_t decompress(std::uint32_t y)
{
    return static_cast<std::int16_t>((y * q + (1u << (d - 1))) >> d);
}

// Numbers of d bits, least significant first (Algorithms 5 and 6).
template <unsigned d, class Number>
void pack(MutableBytes out, Number&& number)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::size_t at = 0;
    for (std::size_t n = 0; n < degree; ++n) {
        bits |= number(n) << count;
        for (count += d; count >= 8; count -= 8, bits >>= 8)
            out[at++] = static_cast<std::uint8_t>(bits);
    }
}

template <unsigned d, class Take>
void unpack(Bytes in, Take&& take)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::size_t at = 0;
    for (std::size_t n = 0; n < degree; ++n) {
        for (; count < d; count += 8)
            bits |= std::uint32_t{in[at++]} << count;
        take(n, bits & ((1u << d) - 1));
        bits >>= d;
        count -= d;
    }
}

} // namespace

void to_ntt(Polynomial& a) { widest<to_ntt_body>(a.c.data()); }
void from_ntt(Polynomial& a) { widest<from_ntt_body>(a.c.data()); }
void times_2_16(Polynomial& a) { widest<times_2_16_body>(a.c.data()); }
void add(Polynomial& a, const Polynomial& b) { widest<add_body>(a.c.data(), b.c.data()); }
void subtract(Polynomial& a, const Polynomial& b) { widest<subtract_body>(a.c.data(), b.c.data()); }

void dot_product(Polynomial& sum, std::span<const Polynomial* const> a, const Polynomial* b)
{
    NACRE_EXPECTS(a.size() <= 4);
    widest<dot_product_body>(sum.c.data(), a, b);
}

void encode_ntt(MutableBytes out, const Polynomial& a)
{
    NACRE_EXPECTS(out.size() == polynomial_size);
    pack<12>(out, [&](std::size_t n) { return static_cast<std::uint32_t>(a.c[place(n)]); });
}

bool decode_ntt(Polynomial& a, Bytes encoded)
{
    NACRE_EXPECTS(encoded.size() == polynomial_size);
    bool good = true;
    unpack<12>(encoded, [&](std::size_t n, std::uint32_t number) {
        good &= number < static_cast<std::uint32_t>(q);
        a.c[place(n)] = static_cast<std::int16_t>(number);
    });
    return good;
}

template <unsigned d>
void compress(MutableBytes out, const Polynomial& a)
{
    NACRE_EXPECTS(out.size() == 32 * d);
    pack<d>(out, [&](std::size_t n) { return compress<d>(a.c[n]); });
}

template <unsigned d>
void decompress(Polynomial& a, Bytes encoded)
{
    NACRE_EXPECTS(encoded.size() == 32 * d);
    unpack<d>(encoded, [&](std::size_t n, std::uint32_t number) { a.c[n] = decompress<d>(number); });
}

template void compress<1>(MutableBytes, const Polynomial&);
template void compress<4>(MutableBytes, const Polynomial&);
template void compress<5>(MutableBytes, const Polynomial&);
template void compress<10>(MutableBytes, const Polynomial&);
template void compress<11>(MutableBytes, const Polynomial&);
template void decompress<1>(Polynomial&, Bytes);
template void decompress<4>(Polynomial&, Bytes);
template void decompress<5>(Polynomial&, Bytes);
template void decompress<10>(Polynomial&, Bytes);
template void decompress<11>(Polynomial&, Bytes);

void sample_uniform(std::span<const MatrixEntry> entries, Bytes seed)
{
    NACRE_EXPECTS(!entries.empty() && entries.size() <= together && seed.size() == seed_size);
    std::array<std::array<std::uint8_t, seed_size + 2>, together> inputs{};
    std::array<Bytes, together> views;
    for (std::size_t i = 0; i < together; ++i) {
        auto& entry = entries[std::min(i, entries.size() - 1)];
        std::copy(seed.begin(), seed.end(), inputs[i].begin());
        inputs[i][seed_size] = entry.column;
        inputs[i][seed_size + 1] = entry.row;
        views[i] = inputs[i];
    }
    FourSponges sponges{shake128, views};
    std::array<std::array<std::uint8_t, shake128.rate>, together> output;
    std::array<std::uint8_t*, together> places;
    for (std::size_t i = 0; i < together; ++i)
        places[i] = output[i].data();
    std::array<std::size_t, together> counts{};
    for (bool complete = false; !complete;) {
        sponges.squeeze_block(places, shake128.rate);
        complete = true;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            take_uniform(*entries[i].polynomial, counts[i], output[i]);
            complete = complete && counts[i] == degree;
        }
    }
}

void sample_noise(std::span<Polynomial* const> polynomials, Bytes seed, std::uint8_t nonce)
{
    NACRE_EXPECTS(!polynomials.empty() && polynomials.size() <= together && seed.size() == seed_size);
    constexpr std::size_t output_size = 128;
    static_assert(output_size <= shake256.rate);
    std::array<std::array<std::uint8_t, seed_size + 1>, together> inputs{};
    std::array<std::array<std::uint8_t, output_size>, together> output;
    std::array<Bytes, together> views;
    std::array<std::uint8_t*, together> places;
    for (std::size_t i = 0; i < together; ++i) {
        std::copy(seed.begin(), seed.end(), inputs[i].begin());
        inputs[i][seed_size] = static_cast<std::uint8_t>(nonce + i);
        views[i] = inputs[i];
        places[i] = output[i].data();
    }
    FourSponges{shake256, views}.squeeze_block(places, output_size);
    for (std::size_t i = 0; i < polynomials.size(); ++i)
        widest<take_noise_body>(polynomials[i]->c.data(), output[i].data());
    for (std::size_t i = 0; i < together; ++i) {
        wipe(inputs[i]);
        wipe(output[i]);
    }
}

} // namespace nacre::mlkem
