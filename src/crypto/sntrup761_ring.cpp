#include "crypto/sntrup761_ring.h"

#include <utility>

#include "base/bytes.h"
#include "crypto/widest.h"

namespace nacre::sntrup761 {

namespace {

constexpr std::int16_t half_q = (q - 1) / 2;

using Row = std::int16_t* __restrict;
using ConstRow = const std::int16_t* __restrict;

// q^-1 mod 2^16, signed: Montgomery's constant.
constexpr std::int16_t q_inverse = 15631;
static_assert(static_cast<std::int16_t>(q_inverse * q) == 1);

constexpr int modulo(std::int64_t value) { return static_cast<int>((value % q + q) % q); }

constexpr std::int16_t nearest_to_zero(int value) { return narrow(value > half_q ? value - q : value); }

// a b / 2^16 mod q, at most |a b| / 2^16 + q / 2.
constexpr std::int16_t montgomery(std::int16_t a, std::int16_t b)
{
    std::int16_t high = narrow((a * b) >> 16);
    std::int16_t low = narrow(a * b);
    std::int16_t multiple = narrow(low * q_inverse);
    return narrow(high - narrow((multiple * q) >> 16));
}

// Nearly reduced: at most 2303 from zero, for any number.
constexpr std::int16_t nearly_reduce(std::int16_t a)
{
    std::int16_t scaled = narrow((a * 14617) >> 16);              // a / q, times 2^10
    return narrow(a - narrow(narrow(narrow(scaled + 512) >> 10) * q));
}

constexpr std::int16_t reduce(std::int16_t a)
{
    std::int16_t near = nearly_reduce(a);
    near = narrow(near + (narrow((near + half_q) >> 15) & q));    // below -half_q
    return narrow(near - (narrow((half_q - near) >> 15) & q));    // above half_q
}
static_assert(reduce(half_q) == half_q && reduce(half_q + 1) == -half_q && reduce(-half_q - 1) == half_q);
static_assert(reduce(32767) == nearest_to_zero(modulo(32767)) && reduce(-32768) == nearest_to_zero(modulo(-32768)));

constexpr std::size_t rows_together = 8;
constexpr std::size_t row_size = padded + 16;                     // with the shift, in whole vectors

// Schoolbook, eight rows at a time, so that sums of products with -1, 0, 1 stay within 16 bits.
// `a` has rows_together zeros before it and row_size numbers; `sum` has padded + row_size numbers.
[[gnu::always_inline]] inline void add_rows_body(Row sum, ConstRow a, ConstRow small)
{
    for (std::size_t i = 0; i < padded; i += rows_together) {
        const std::int16_t s0 = small[i], s1 = small[i + 1], s2 = small[i + 2], s3 = small[i + 3], s4 = small[i + 4],
                           s5 = small[i + 5], s6 = small[i + 6], s7 = small[i + 7];
        Row out = sum + i;
        NACRE_INDEPENDENT_TURNS
        for (std::size_t k = 0; k < row_size; ++k) {
            ConstRow at = a + k;
            std::int16_t low = narrow(s0 * at[0] + s1 * at[-1] + s2 * at[-2] + s3 * at[-3]);
            std::int16_t high = narrow(s4 * at[-4] + s5 * at[-5] + s6 * at[-6] + s7 * at[-7]);
            out[k] = nearly_reduce(narrow(out[k] + low + high));
        }
    }
}

// x^p = x + 1: what lies above comes down in two places.
[[gnu::always_inline]] inline void fold_body(Row result, ConstRow product)
{
    for (std::size_t i = 0; i < padded; ++i)
        result[i] = reduce(narrow(product[i] + product[i + p] + product[i + p - 1]));
    result[0] = reduce(narrow(product[0] + product[p]));          // nothing comes from below p
}

[[gnu::always_inline]] inline void reduce_3_body(Row c)
{
    for (std::size_t i = 0; i < padded; ++i)
        c[i] = reduce_3(c[i]);
}

[[gnu::always_inline]] inline void times_3_body(Row c)
{
    for (std::size_t i = 0; i < padded; ++i)
        c[i] = reduce(narrow(3 * c[i]));
}

[[gnu::always_inline]] inline void round_body(Row c)
{
    for (std::size_t i = 0; i < padded; ++i)
        c[i] = narrow(c[i] - reduce_3(c[i]));
}

template <class Object>
void wipe_object(Object& object)
{
    wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof object});
}

// Bernstein and Yang, "Fast constant-time gcd computation and modular inversion" (2019), §7: a fixed number of division
// steps on the reversed polynomials.  f and g are divided, v and r keep account.
constexpr int division_steps = 2 * p - 1;

constexpr std::size_t margin = 16;                                // zeros before and after: shifts read and write there
struct Numbers {
    alignas(32) std::int16_t at[margin + padded + margin];

    std::int16_t* begin() { return at + margin; }
};

// Multiplied by one constant again and again.
struct Factor {
    std::int16_t value, value_over_q;

    explicit Factor(std::int16_t number) : value(number), value_over_q(narrow(number * q_inverse)) {}
    std::int16_t times(std::int16_t a) const
    {
        std::int16_t multiple = narrow(a * value_over_q);
        return narrow(narrow((a * value) >> 16) - narrow((multiple * q) >> 16));
    }
};

struct Step {
    std::int16_t f0, g0, swap;                                    // after the swap; all ones or zero
};

// (f, g) <- swapped or not; g <- (f0 g - g0 f) / x.  The factor 2^-16 of each product does no harm: (v, r) gets it too.
[[gnu::always_inline]] inline void divide_body(Row new_f, Row new_g, ConstRow f, ConstRow g, Step step)
{
    const Factor f0{step.f0}, g0{step.g0};
    const std::int16_t swap = step.swap;
    NACRE_INDEPENDENT_TURNS
    for (std::size_t i = 0; i < padded; ++i) {
        std::int16_t exchange = narrow((f[i] ^ g[i]) & swap);
        std::int16_t fi = narrow(f[i] ^ exchange), gi = narrow(g[i] ^ exchange);
        new_f[i] = fi;
        new_g[i] = narrow(f0.times(gi) - g0.times(fi));           // new_g is one place ahead: the division by x
    }
}

// v is handed over one place behind: multiplied by x.
[[gnu::always_inline]] inline void account_body(Row new_v, Row new_r, ConstRow v, ConstRow r, Step step)
{
    const Factor f0{step.f0}, g0{step.g0};
    const std::int16_t swap = step.swap;
    NACRE_INDEPENDENT_TURNS
    for (std::size_t i = 0; i < padded; ++i) {
        std::int16_t exchange = narrow((v[i] ^ r[i]) & swap);
        std::int16_t vi = narrow(v[i] ^ exchange), ri = narrow(r[i] ^ exchange);
        new_v[i] = vi;
        new_r[i] = narrow(f0.times(ri) - g0.times(vi));
    }
}

// All ones if the number is positive, or not zero.
constexpr int if_positive(int number) { return -number >> 31; }
constexpr int if_not_zero(int number) { return (number | -number) >> 31; }

// a^(q - 2) (the exponent is no secret).
std::int16_t reciprocal(std::int16_t a)
{
    constexpr std::int16_t one = nearest_to_zero(modulo(65536)), to_form = nearest_to_zero(modulo(65536 * 65536LL));
    std::int16_t base = montgomery(a, to_form), result = one;
    for (int bit = 12; bit >= 0; --bit) {
        result = montgomery(result, result);
        if ((q - 2) >> bit & 1)
            result = montgomery(result, base);
    }
    return reduce(montgomery(result, 1));
}

[[gnu::always_inline]] inline void scale_reversed_body(Row result, ConstRow v, std::int16_t factor)
{
    for (std::size_t i = 0; i < p; ++i)
        result[i] = reduce(montgomery(v[p - 1 - i], factor));
}

constexpr std::size_t words = padded / 64;

// Coefficients modulo 3, one bit of each in two planes: is it 1, is it -1?
struct Trits {
    alignas(32) std::uint64_t one[words]{}, minus[words]{};

    void set(std::size_t i, int value)
    {
        one[i / 64] |= std::uint64_t{value == 1} << i % 64;
        minus[i / 64] |= std::uint64_t{value == -1} << i % 64;
    }
    int get(std::size_t i) const
    {
        return static_cast<int>(one[i / 64] >> i % 64 & 1) - static_cast<int>(minus[i / 64] >> i % 64 & 1);
    }
};

using Words = std::uint64_t* __restrict;

[[gnu::always_inline]] inline void swap_words(Words a, Words b, std::uint64_t swap)
{
    for (std::size_t i = 0; i < words; ++i) {
        std::uint64_t exchange = (a[i] ^ b[i]) & swap;
        a[i] ^= exchange;
        b[i] ^= exchange;
    }
}

[[gnu::always_inline]] inline void swap(Trits& a, Trits& b, std::uint64_t swap)
{
    swap_words(a.one, b.one, swap);
    swap_words(a.minus, b.minus, swap);
}

// sum += sign * a, where the sign is 1 (all of `plus` is set), -1 (all of `minus`) or 0.
[[gnu::always_inline]] inline void add_product(Words sum_one, Words sum_minus, const std::uint64_t* __restrict a_one,
                                               const std::uint64_t* __restrict a_minus, std::uint64_t plus,
                                               std::uint64_t minus)
{
    for (std::size_t i = 0; i < words; ++i) {
        std::uint64_t one = (a_one[i] & plus) | (a_minus[i] & minus);
        std::uint64_t other = (a_minus[i] & plus) | (a_one[i] & minus);
        std::uint64_t both = (sum_one[i] | other) ^ (sum_minus[i] | one);
        std::uint64_t new_one = (sum_minus[i] | other) ^ both;
        sum_minus[i] = (sum_one[i] | one) ^ both;
        sum_one[i] = new_one;
    }
}

[[gnu::always_inline]] inline void times_x(std::uint64_t* a)
{
    for (std::size_t i = words - 1; i > 0; --i)
        a[i] = a[i] << 1 | a[i - 1] >> 63;
    a[0] <<= 1;
}

[[gnu::always_inline]] inline void over_x(std::uint64_t* a)
{
    for (std::size_t i = 0; i + 1 < words; ++i)
        a[i] = a[i] >> 1 | a[i + 1] << 63;
    a[words - 1] >>= 1;
}

struct Division3 {
    Trits f, g, v, r;
    int delta = 1;
};

[[gnu::always_inline]] inline void divide_3_body(Division3* all)
{
    auto& [f, g, v, r, delta] = *all;
    for (int n = 0; n < division_steps; ++n) {
        times_x(v.one);
        times_x(v.minus);
        const std::uint64_t f_one = -(f.one[0] & 1), f_minus = -(f.minus[0] & 1);
        const std::uint64_t g_one = -(g.one[0] & 1), g_minus = -(g.minus[0] & 1);
        // The sign that cancels: -f0 g0.
        const std::uint64_t plus = (f_one & g_minus) | (f_minus & g_one), minus = (f_one & g_one) | (f_minus & g_minus);
        const int exchange = if_positive(delta) & static_cast<int>(g_one | g_minus);
        delta = (delta ^ (exchange & (delta ^ -delta))) + 1;
        const auto mask = static_cast<std::uint64_t>(std::int64_t{exchange});
        swap(f, g, mask);
        swap(v, r, mask);
        add_product(g.one, g.minus, f.one, f.minus, plus, minus);
        add_product(r.one, r.minus, v.one, v.minus, plus, minus);
        over_x(g.one);
        over_x(g.minus);
    }
}

} // namespace

Polynomial multiply(const Polynomial& a, const Polynomial& small)
{
    struct {
        alignas(32) std::int16_t sum[padded + row_size]{};
        std::int16_t wide[rows_together + row_size]{};
    } work;
    for (std::size_t i = 0; i < p; ++i)
        work.wide[rows_together + i] = a.c[i];
    widest<add_rows_body>(work.sum, work.wide + rows_together, small.c.data());
    Polynomial result;
    widest<fold_body>(result.c.data(), work.sum);
    for (std::size_t i = p; i < padded; ++i)
        result.c[i] = 0;
    wipe_object(work);
    return result;
}

// Sums of 761 products of small numbers are exact modulo 4591, even three of them.
Polynomial multiply_3(const Polynomial& small_a, const Polynomial& small_b)
{
    static_assert(3 * p <= half_q);
    auto product = multiply(small_a, small_b);
    widest<reduce_3_body>(product.c.data());
    return product;
}

Polynomial times_3(const Polynomial& a)
{
    auto result = a;
    widest<times_3_body>(result.c.data());
    return result;
}

Polynomial modulo_3(const Polynomial& a)
{
    auto result = a;
    widest<reduce_3_body>(result.c.data());
    return result;
}

Polynomial rounded(const Polynomial& a)
{
    auto result = a;
    widest<round_body>(result.c.data());
    return result;
}

Polynomial reciprocal_of_3_times(const Polynomial& small)
{
    struct State {
        Numbers f{}, g{}, v{}, r{};
    } work[2];
    auto* now = &work[0];
    auto* next = &work[1];
    now->f.begin()[0] = 1;
    now->f.begin()[p - 1] = now->f.begin()[p] = -1;
    for (std::size_t i = 0; i < p; ++i)
        now->g.begin()[p - 1 - i] = small.c[i];
    now->r.begin()[0] = reciprocal(3);

    int delta = 1;
    for (int n = 0; n < division_steps; ++n) {
        const std::int16_t f0 = now->f.begin()[0], g0 = now->g.begin()[0];
        const int swap = if_positive(delta) & if_not_zero(reduce(g0));
        const std::int16_t exchange = narrow((f0 ^ g0) & swap);
        const Step step{narrow(f0 ^ exchange), narrow(g0 ^ exchange), narrow(swap)};
        delta = (delta ^ (swap & (delta ^ -delta))) + 1;
        widest<divide_body>(next->f.begin(), next->g.begin() - 1, now->f.begin(), now->g.begin(), step);
        widest<account_body>(next->v.begin(), next->r.begin(), now->v.begin() - 1, now->r.begin(), step);
        std::swap(now, next);
    }
    Polynomial result;
    const auto factor = montgomery(reciprocal(reduce(now->f.begin()[0])), nearest_to_zero(modulo(65536 * 65536LL)));
    widest<scale_reversed_body>(result.c.data(), now->v.begin(), factor);
    wipe_object(work);
    return result;
}

bool reciprocal_3(Polynomial& result, const Polynomial& small)
{
    Division3 all;
    all.f.set(0, 1);
    all.f.set(p - 1, -1);
    all.f.set(p, -1);
    all.r.set(0, 1);
    for (std::size_t i = 0; i < p; ++i)
        all.g.set(p - 1 - i, small.c[i]);
    widest<divide_3_body>(&all);
    const int sign = all.f.get(0);
    for (std::size_t i = 0; i < p; ++i)
        result.c[i] = narrow(sign * all.v.get(p - 1 - i));
    bool found = all.delta == 0;
    wipe_object(all);
    return found;
}

} // namespace nacre::sntrup761
