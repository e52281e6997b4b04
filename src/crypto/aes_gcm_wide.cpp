// The representation: a block is loaded with its bytes reversed, so that GCM's "reflected" polynomials lie in a register
// with x^127 at bit 0.  A carry-less product of two such numbers is short by a factor x; the powers of H are stored times
// x to make up for it.  (Gueron, Kounavis: Intel Carry-Less Multiplication Instruction and its Usage for Computing the GCM
// Mode, Algorithm 5.)
#include "crypto/aes_gcm_wide.h"

#include "base/contract.h"
#include "base/secret.h"

#if defined(__x86_64__)

// GCC 12's own header initialises its undefined vectors with themselves, and then warns of it.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#define NACRE_WIDE [[gnu::target("aes,pclmul,ssse3,sse4.1,avx512f,avx512bw,avx512vl,vaes,vpclmulqdq")]]
// Before a loop over a group: without loops the vectors stay in registers.
#define NACRE_ALL_AT_ONCE _Pragma("GCC unroll 4")
#define NACRE_WIDE_INLINE NACRE_WIDE [[gnu::always_inline]] inline

namespace nacre {
namespace {

using Block = WideAesGcm::Block;
using Schedule = WideAesGcm::Schedule;

constexpr std::size_t block_size = sizeof(Block);
constexpr std::size_t vector_size = 64;
constexpr std::size_t vectors = 4;                                // per group
constexpr std::size_t group_size = vectors * vector_size;         // bytes
static_assert(group_size == WideAesGcm::group * block_size);

// ---- one block: the key schedule and what is hashed singly ---------------------------------

NACRE_WIDE_INLINE __m128i load(const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); }
NACRE_WIDE_INLINE void store(void* at, __m128i value) { _mm_storeu_si128(static_cast<__m128i*>(at), value); }

NACRE_WIDE_INLINE __m128i reversal() { return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
NACRE_WIDE_INLINE __m128i reversed(__m128i block) { return _mm_shuffle_epi8(block, reversal()); }

// SubWord (FIPS 197 §5.2): of four equal columns ShiftRows moves nothing.
NACRE_WIDE_INLINE std::uint32_t substituted(std::uint32_t word)
{
    auto columns = _mm_aesenclast_si128(_mm_set1_epi32(static_cast<int>(word)), _mm_setzero_si128());
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(columns));
}

// FIPS 197 §5.2, with words as they lie in memory: what the standard calls the first byte is the lowest.
NACRE_WIDE void expand_key(Schedule& schedule, Bytes key)
{
    std::size_t key_words = key.size() / 4;
    schedule.rounds = key_words + 6;
    std::array<std::uint32_t, 4 * (WideAesGcm::most_rounds + 1)> words{};
    std::memcpy(words.data(), key.data(), key.size());
    std::uint32_t round_constant = 1;
    for (std::size_t i = key_words; i < 4 * (schedule.rounds + 1); ++i) {
        auto word = words[i - 1];
        if (i % key_words == 0) {
            word = substituted(std::rotr(word, 8)) ^ round_constant;
            round_constant = round_constant << 1 ^ (round_constant >> 7) * 0x11b;
        } else if (key_words > 6 && i % key_words == 4) {
            word = substituted(word);
        }
        words[i] = words[i - key_words] ^ word;
    }
    std::memcpy(schedule.round_keys.data(), words.data(), sizeof words);
    wipe({reinterpret_cast<std::uint8_t*>(words.data()), sizeof words});
}

NACRE_WIDE_INLINE __m128i encrypted(const Schedule& schedule, __m128i block)
{
    block = _mm_xor_si128(block, load(&schedule.round_keys[0]));
    for (std::size_t round = 1; round < schedule.rounds; ++round)
        block = _mm_aesenc_si128(block, load(&schedule.round_keys[round]));
    return _mm_aesenclast_si128(block, load(&schedule.round_keys[schedule.rounds]));
}

// A product of 256 bits in three overlapping pieces, at x^0, x^64 and x^128.
struct Product {
    __m128i low, middle, high;
};
struct FourProducts {
    __m512i low, middle, high;
};

NACRE_WIDE_INLINE __m128i polynomial() { return _mm_set_epi64x(static_cast<long long>(0xc200000000000000), 1); }

// Replaces the lowest 64 bits of a number by what they are worth above: 0xc2… is the polynomial's part there.
NACRE_WIDE_INLINE __m128i folded(__m128i low, __m128i above)
{
    auto swapped = _mm_shuffle_epi32(low, 0x4e);
    return _mm_xor_si128(above, _mm_xor_si128(swapped, _mm_clmulepi64_si128(low, polynomial(), 0x10)));
}

NACRE_WIDE_INLINE __m128i reduced(Product product)
{
    return folded(folded(product.low, product.middle), product.high);
}

NACRE_WIDE_INLINE __m128i times(__m128i a, __m128i power)
{
    return reduced({
        _mm_clmulepi64_si128(a, power, 0x00),
        _mm_xor_si128(_mm_clmulepi64_si128(a, power, 0x01), _mm_clmulepi64_si128(a, power, 0x10)),
        _mm_clmulepi64_si128(a, power, 0x11),
    });
}

// A number times x, modulo the polynomial.
NACRE_WIDE_INLINE __m128i times_x(__m128i number)
{
    auto carries = _mm_srli_epi64(number, 63);
    auto doubled = _mm_or_si128(_mm_slli_epi64(number, 1), _mm_slli_si128(carries, 8));
    auto overflow = _mm_sub_epi64(_mm_setzero_si128(), _mm_unpackhi_epi64(carries, carries));
    return _mm_xor_si128(doubled, _mm_and_si128(overflow, polynomial()));
}

NACRE_WIDE void compute_powers(Schedule& schedule)
{
    auto first = times_x(reversed(encrypted(schedule, _mm_setzero_si128())));
    schedule.powers = {};
    auto power = first;
    for (std::size_t i = WideAesGcm::group; i-- > 0;) {
        store(&schedule.powers[i], power);
        power = times(power, first);
    }
}

// GHASH (SP 800-38D §6.4) of bytes that are few, padded with zeros to whole blocks.
NACRE_WIDE __m128i hash_few(const Schedule& schedule, __m128i hash, Bytes bytes)
{
    auto power = load(&schedule.powers[WideAesGcm::group - 1]);
    while (!bytes.empty()) {
        Block block{};
        auto count = std::min(bytes.size(), block_size);
        std::memcpy(block.data(), bytes.data(), count);
        hash = times(_mm_xor_si128(hash, reversed(load(&block))), power);
        bytes = bytes.subspan(count);
    }
    return hash;
}

// ---- a group of blocks -------------------------------------------------------------------

struct Group {
    __m512i vector[vectors];
};

// Counter blocks are kept reversed: the 32-bit counter (§6.2, inc32) is then the lowest number of each lane.
struct Counter {
    __m512i value;
};

NACRE_WIDE_INLINE Counter first_counter(Bytes nonce)
{
    Block block{};
    std::ranges::copy(nonce, block.begin());
    auto base = _mm512_broadcast_i32x4(reversed(load(&block)));
    return {_mm512_add_epi32(base, _mm512_set_epi32(0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2))};
}

NACRE_WIDE_INLINE __m512i round_key(const Schedule& schedule, std::size_t round)
{
    return _mm512_broadcast_i32x4(load(&schedule.round_keys[round]));
}

NACRE_WIDE_INLINE void key_stream(const Schedule& schedule, Counter& counter, __m512i reversal, Group& stream)
{
    auto four = _mm512_broadcast_i32x4(_mm_set_epi32(0, 0, 0, 4));
    auto key = round_key(schedule, 0);
    NACRE_ALL_AT_ONCE
    for (auto& vector : stream.vector) {
        vector = _mm512_xor_si512(_mm512_shuffle_epi8(counter.value, reversal), key);
        counter.value = _mm512_add_epi32(counter.value, four);
    }
    for (std::size_t round = 1; round < schedule.rounds; ++round) {
        key = round_key(schedule, round);
        NACRE_ALL_AT_ONCE
        for (auto& vector : stream.vector)
            vector = _mm512_aesenc_epi128(vector, key);
    }
    key = round_key(schedule, schedule.rounds);
    NACRE_ALL_AT_ONCE
    for (auto& vector : stream.vector)
        vector = _mm512_aesenclast_epi128(vector, key);
}

NACRE_WIDE_INLINE __m128i sum_of_lanes(__m512i vector)
{
    auto halves = _mm256_xor_si256(_mm512_castsi512_si256(vector), _mm512_extracti64x4_epi64(vector, 1));
    return _mm_xor_si128(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

// (hash + first block)·H^n + second·H^(n-1) + … + last·H, where `power` points to H^n.
NACRE_WIDE_INLINE __m128i hashed(__m128i hash, const Group& text, const Block* power, __m512i reversal)
{
    FourProducts sum{_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    auto carried = _mm512_zextsi128_si512(hash);
    NACRE_ALL_AT_ONCE
    for (auto& vector : text.vector) {
        auto blocks = _mm512_xor_si512(_mm512_shuffle_epi8(vector, reversal), carried);
        carried = _mm512_setzero_si512();
        auto powers = _mm512_loadu_si512(power);
        power += vector_size / block_size;
        sum.low = _mm512_xor_si512(sum.low, _mm512_clmulepi64_epi128(blocks, powers, 0x00));
        sum.high = _mm512_xor_si512(sum.high, _mm512_clmulepi64_epi128(blocks, powers, 0x11));
        sum.middle = _mm512_ternarylogic_epi64(sum.middle, _mm512_clmulepi64_epi128(blocks, powers, 0x01),
                                               _mm512_clmulepi64_epi128(blocks, powers, 0x10), 0x96);
    }
    return reduced({sum_of_lanes(sum.low), sum_of_lanes(sum.middle), sum_of_lanes(sum.high)});
}

enum class Direction { seal, open };

// Encrypts or decrypts all of `text` and returns the hash with its ciphertext added.
template <Direction direction>
NACRE_WIDE __m128i crypt(const Schedule& schedule, Counter counter, __m128i hash, MutableBytes text)
{
    auto reversal = _mm512_broadcast_i32x4(nacre::reversal());
    auto* at = text.data();
    std::size_t left = text.size();
    Group stream, data;
    for (; left >= group_size; left -= group_size, at += group_size) {
        key_stream(schedule, counter, reversal, stream);
        NACRE_ALL_AT_ONCE
        for (std::size_t i = 0; i < vectors; ++i) {
            auto in = _mm512_loadu_si512(at + i * vector_size);
            auto out = _mm512_xor_si512(in, stream.vector[i]);
            _mm512_storeu_si512(at + i * vector_size, out);
            data.vector[i] = direction == Direction::seal ? out : in;
        }
        hash = hashed(hash, data, &schedule.powers[0], reversal);
    }
    if (left == 0)
        return hash;

    // The rest, less than a group: bytes that are not there count as zeros, whatever lies behind the powers.
    key_stream(schedule, counter, reversal, stream);
    std::size_t blocks = (left + block_size - 1) / block_size;
    NACRE_ALL_AT_ONCE
    for (std::size_t i = 0; i < vectors; ++i) {
        auto here = left - std::min(left, i * vector_size);
        auto mask = here >= vector_size ? ~__mmask64{0} : (__mmask64{1} << here) - 1;
        auto in = _mm512_maskz_loadu_epi8(mask, at + i * vector_size);
        auto out = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(in, stream.vector[i]));
        _mm512_mask_storeu_epi8(at + i * vector_size, mask, out);
        data.vector[i] = direction == Direction::seal ? out : in;
    }
    return hashed(hash, data, &schedule.powers[WideAesGcm::group - blocks], reversal);
}

// The whole of §7.1 or §7.2 but for the comparison of tags.
template <Direction direction>
NACRE_WIDE void process(const Schedule& schedule, Bytes nonce, Bytes associated, MutableBytes text, Block& tag)
{
    NACRE_EXPECTS(nonce.size() == 12);
    auto hash = hash_few(schedule, _mm_setzero_si128(), associated);
    hash = crypt<direction>(schedule, first_counter(nonce), hash, text);

    std::uint64_t associated_bits = associated.size() * 8, text_bits = text.size() * 8;
    auto lengths = _mm_set_epi64x(static_cast<long long>(associated_bits), static_cast<long long>(text_bits));
    hash = times(_mm_xor_si128(hash, lengths), load(&schedule.powers[WideAesGcm::group - 1]));

    Block pre_counter{};
    std::ranges::copy(nonce, pre_counter.begin());
    pre_counter[block_size - 1] = 1;
    store(&tag, _mm_xor_si128(reversed(hash), encrypted(schedule, load(&pre_counter))));
}

} // namespace

bool WideAesGcm::is_supported()
{
    static const bool supported =
        __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("pclmul") != 0 &&
        __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
        __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("vaes") != 0 &&
        __builtin_cpu_supports("vpclmulqdq") != 0;
    return supported;
}

WideAesGcm::WideAesGcm(Bytes key) : schedule_{}
{
    NACRE_EXPECTS(is_supported() && (key.size() == 16 || key.size() == 24 || key.size() == 32));
    expand_key(schedule_, key);
    compute_powers(schedule_);
}

WideAesGcm::~WideAesGcm() { wipe({reinterpret_cast<std::uint8_t*>(&schedule_), sizeof schedule_}); }

void WideAesGcm::seal(Bytes nonce, Bytes associated, MutableBytes text, MutableBytes tag) const
{
    Block computed;
    process<Direction::seal>(schedule_, nonce, associated, text, computed);
    std::ranges::copy(computed, tag.begin());
}

bool WideAesGcm::open(Bytes nonce, Bytes associated, MutableBytes text, Bytes tag) const
{
    Block computed;
    process<Direction::open>(schedule_, nonce, associated, text, computed);
    return equal_in_constant_time(computed, tag);
}

} // namespace nacre

#else

namespace nacre {

bool WideAesGcm::is_supported() { return false; }
WideAesGcm::WideAesGcm(Bytes) : schedule_{} { NACRE_UNREACHABLE(); }
WideAesGcm::~WideAesGcm() = default;
void WideAesGcm::seal(Bytes, Bytes, MutableBytes, MutableBytes) const { NACRE_UNREACHABLE(); }
bool WideAesGcm::open(Bytes, Bytes, MutableBytes, Bytes) const { NACRE_UNREACHABLE(); }

} // namespace nacre

#endif
