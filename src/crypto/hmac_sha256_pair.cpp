// The instructions: Gulley et al., Intel SHA Extensions (2013).  sha256rnds2 makes two rounds, for which it takes the words
// a b e f and c d g h apart; what it gives are the next a b e f, and the next c d g h are what a b e f were.
#include "crypto/hmac_sha256_pair.h"

#include "base/contract.h"
#include "base/secret.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <span>

#include "crypto/byte_order.h"

#define NACRE_SHA [[gnu::target("sha,ssse3,sse4.1")]]
// Before a loop over rounds or lanes: without loops the words stay in registers.
#define NACRE_ALL_AT_ONCE _Pragma("GCC unroll 16")

namespace nacre {
namespace {

using State = HmacSha256Pair::State;

constexpr std::size_t block_size = HmacSha256Pair::block_size;
constexpr std::size_t length_size = 8;                            // at the end of what is hashed (FIPS 180-4 §5.1.1)

constexpr State initial{{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667,         // FIPS 180-4 §5.3.3
                         0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372}};

// clang-format off
alignas(16) constexpr std::array<std::uint32_t, 64> constants{    // FIPS 180-4 §4.2.2
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
// clang-format on

// A piece of a message, of whole blocks.
struct Run {
    const std::uint8_t* at = nullptr;
    std::size_t blocks = 0;
};

NACRE_SHA [[gnu::always_inline]] inline __m128i load(const void* at)
{
    return _mm_loadu_si128(static_cast<const __m128i*>(at));
}

NACRE_SHA [[gnu::always_inline]] inline void store(void* at, __m128i value)
{
    _mm_storeu_si128(static_cast<__m128i*>(at), value);
}

// Four words of a message, which are big-endian there.
NACRE_SHA [[gnu::always_inline]] inline __m128i message_words(const std::uint8_t* at)
{
    return _mm_shuffle_epi8(load(at), _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

// Four words of the schedule from the sixteen before them (FIPS 180-4 §6.2.2, step 1).
NACRE_SHA [[gnu::always_inline]] inline __m128i scheduled(__m128i w0, __m128i w4, __m128i w8, __m128i w12)
{
    auto sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8(w12, w8, 4));
    return _mm_sha256msg2_epu32(sum, w12);
}

// Hashes as many blocks of each lane.
template <std::size_t lanes>
NACRE_SHA void hash_blocks(std::array<State*, lanes> states, std::array<const std::uint8_t*, lanes> at, std::size_t blocks)
{
    __m128i abef[lanes], cdgh[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        abef[lane] = load(&states[lane]->words[0]);
        cdgh[lane] = load(&states[lane]->words[4]);
    }
    for (; blocks > 0; --blocks) {
        __m128i abef_before[lanes], cdgh_before[lanes], w[lanes][4];
        NACRE_ALL_AT_ONCE
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            abef_before[lane] = abef[lane];
            cdgh_before[lane] = cdgh[lane];
            for (std::size_t i = 0; i < 4; ++i)
                w[lane][i] = message_words(at[lane] + 16 * i);
            at[lane] += block_size;
        }
        NACRE_ALL_AT_ONCE
        for (std::size_t i = 0; i < 16; ++i) {                    // four rounds each
            NACRE_ALL_AT_ONCE
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                auto& [w0, w1, w2, w3] = w[lane];
                auto summands = _mm_add_epi32(w0, load(&constants[4 * i]));
                cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], summands);
                abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(summands, 0x0e));
                auto next = i < 12 ? scheduled(w0, w1, w2, w3) : w0;
                w0 = w1, w1 = w2, w2 = w3, w3 = next;
            }
        }
        NACRE_ALL_AT_ONCE
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            abef[lane] = _mm_add_epi32(abef[lane], abef_before[lane]);
            cdgh[lane] = _mm_add_epi32(cdgh[lane], cdgh_before[lane]);
        }
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        store(&states[lane]->words[0], abef[lane]);
        store(&states[lane]->words[4], cdgh[lane]);
    }
}

// ---- messages ----------------------------------------------------------------------------

// What is hashed of one message after a key's block, as runs of blocks: a first one that begins with the head, those that lie
// in the body, and the padded end.
class Lane {
public:
    Lane(const State& after_key, Bytes head, Bytes body) : state(after_key)
    {
        std::uint64_t hashed = block_size + head.size() + body.size();
        auto end = std::ranges::copy(head, first_.begin()).out;
        std::size_t beginning = std::min(body.size(), block_size - head.size());
        end = std::ranges::copy(body.first(beginning), end).out;
        body = body.subspan(beginning);
        Bytes rest{first_.data(), static_cast<std::size_t>(end - first_.begin())};
        if (rest.size() == block_size) {
            runs_[0] = {first_.data(), 1};
            runs_[1] = {body.data(), body.size() / block_size};
            rest = body.subspan(block_size * runs_[1].blocks);
        }
        auto padding = std::ranges::copy(rest, last_.begin()).out;
        *padding = 0x80;
        runs_[2] = {last_.data(), (rest.size() + 1 + length_size + block_size - 1) / block_size};
        auto length = big_endian_bytes(8 * hashed);
        auto size = static_cast<std::ptrdiff_t>(block_size * runs_[2].blocks);
        std::ranges::copy(length, last_.begin() + size - std::ssize(length));
    }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    ~Lane()
    {
        wipe(first_);
        wipe(last_);
    }

    // What is next, empty at the end.
    const Run& run()
    {
        while (current_ < runs_.size() && runs_[current_].blocks == 0)
            ++current_;
        return current_ < runs_.size() ? runs_[current_] : none_;
    }
    void done(std::size_t blocks)
    {
        runs_[current_].at += blocks * block_size;
        runs_[current_].blocks -= blocks;
    }

    State state;

private:
    std::array<std::uint8_t, block_size> first_{};
    std::array<std::uint8_t, 2 * block_size> last_{};
    std::array<Run, 3> runs_{};
    std::size_t current_ = 0;
    Run none_{};
};

void hash(Lane& first, Lane& second)
{
    for (;;) {
        auto one = first.run(), other = second.run();
        if (one.blocks == 0 || other.blocks == 0)
            break;
        auto blocks = std::min(one.blocks, other.blocks);
        hash_blocks<2>({&first.state, &second.state}, {one.at, other.at}, blocks);
        first.done(blocks);
        second.done(blocks);
    }
    for (auto* lane : {&first, &second})
        for (auto run = lane->run(); run.blocks > 0; run = lane->run()) {
            hash_blocks<1>({&lane->state}, {run.at}, run.blocks);
            lane->done(run.blocks);
        }
}

using Digest = std::array<std::uint8_t, HmacSha256Pair::tag_size>;

Digest digest_of(const State& state)
{
    constexpr std::array<std::size_t, 8> places{3, 2, 7, 6, 1, 0, 5, 4};   // of a, b, c, …
    Digest digest;
    for (std::size_t i = 0; i < places.size(); ++i)
        for (std::size_t byte = 0; byte < 4; ++byte)
            digest[4 * i + byte] = static_cast<std::uint8_t>(state.words[places[i]] >> (24 - 8 * byte));
    return digest;
}

// In place: who knows this state can do what the key can.
void begin_with(State& state, Bytes key, std::uint8_t pad)
{
    std::array<std::uint8_t, block_size> block{};
    std::ranges::copy(key, block.begin());
    for (auto& byte : block)
        byte ^= pad;
    state = initial;
    hash_blocks<1>({&state}, {block.data()}, 1);
    wipe(block);
}

} // namespace

bool HmacSha256Pair::is_supported()
{
    static const bool supported = __builtin_cpu_supports("sha") != 0 && __builtin_cpu_supports("ssse3") != 0 &&
                                  __builtin_cpu_supports("sse4.1") != 0;
    return supported;
}

HmacSha256Pair::HmacSha256Pair(Bytes key) : inner_{}, outer_{}
{
    NACRE_EXPECTS(is_supported() && key.size() <= block_size);
    begin_with(inner_, key, 0x36);                                // RFC 2104 §2
    begin_with(outer_, key, 0x5c);
}

HmacSha256Pair::~HmacSha256Pair()
{
    for (auto* state : {&inner_, &outer_})
        wipe({reinterpret_cast<std::uint8_t*>(state), sizeof *state});
}

void HmacSha256Pair::compute(const Message& first, const Message& second) const
{
    NACRE_EXPECTS(first.tag.size() == tag_size && second.tag.size() == tag_size);
    Lane one{inner_, first.head, first.body}, other{inner_, second.head, second.body};
    hash(one, other);
    auto inner_one = digest_of(one.state), inner_other = digest_of(other.state);
    Lane outer_one{outer_, {}, inner_one}, outer_other{outer_, {}, inner_other};
    hash(outer_one, outer_other);
    std::ranges::copy(digest_of(outer_one.state), first.tag.begin());
    std::ranges::copy(digest_of(outer_other.state), second.tag.begin());
}

} // namespace nacre

#else

namespace nacre {

bool HmacSha256Pair::is_supported() { return false; }
HmacSha256Pair::HmacSha256Pair(Bytes) : inner_{}, outer_{} { NACRE_UNREACHABLE(); }
HmacSha256Pair::~HmacSha256Pair() = default;
void HmacSha256Pair::compute(const Message&, const Message&) const { NACRE_UNREACHABLE(); }

} // namespace nacre

#endif
