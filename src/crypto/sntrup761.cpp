#include "crypto/sntrup761.h"

#include <algorithm>

#include "base/contract.h"
#include "crypto/hash.h"
#include "crypto/sntrup761_codec.h"
#include "crypto/sntrup761_ring.h"
#include "crypto/widest.h"

namespace nacre {

using namespace sntrup761;

namespace {

constexpr std::size_t weight = 286;                               // coefficients of a short polynomial that are not zero
constexpr std::size_t digest_size = 32;

template <class Object>
void wipe_object(Object& object)
{
    wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof object});
}

// The first half of SHA-512, of a number that tells the uses apart and what follows.
using Digest = std::array<std::uint8_t, digest_size>;

Digest prefixed_hash(std::uint8_t use, Bytes first, Bytes second = {})
{
    auto whole = Hash{HashKind::sha512}.update({&use, 1}).update(first).update(second).finish();
    Digest half;
    std::copy_n(whole.begin(), digest_size, half.begin());
    wipe(whole);
    return half;
}

using Keys = std::array<std::uint32_t, padded>;

Keys random_keys(Random& random)
{
    Keys keys{};
    random.fill({reinterpret_cast<std::uint8_t*>(keys.data()), 4 * p});
    if constexpr (std::endian::native == std::endian::big)
        for (auto& key : keys)
            key = __builtin_bswap32(key);
    return keys;
}

// Puts the lesser first, without a branch.
[[gnu::always_inline]] inline void sort_two(std::uint32_t& a, std::uint32_t& b)
{
    std::uint32_t difference = b - a;
    std::uint32_t borrow = ((~b & a) | ((~b | a) & difference)) >> 31;
    std::uint32_t exchange = (a ^ b) & -borrow;
    a ^= exchange;
    b ^= exchange;
}

[[gnu::always_inline]] inline void sort_runs(std::uint32_t* __restrict a, std::uint32_t* __restrict b, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        sort_two(a[i], b[i]);
}

// Batcher's merge exchange (Knuth, The Art of Computer Programming 3, §5.2.2, Algorithm M): which elements are
// compared depends on their number alone.
[[gnu::always_inline]] inline void sort_body(std::uint32_t* keys)
{
    for (std::size_t run = 512; run > 0; run /= 2) {
        std::size_t far = 512, remainder = 0, distance = run;
        for (;;) {
            for (std::size_t i = remainder; i + distance < padded; i += 2 * run)
                sort_runs(keys + i, keys + i + distance, std::min(run, padded - distance - i));
            if (far == run)
                break;
            distance = far - run;
            far /= 2;
            remainder = run;
        }
    }
}

// `weight` coefficients of 1 or -1 and zeros, in random order: sorted by random numbers, the values in their low bits.
Polynomial random_short(Random& random)
{
    auto keys = random_keys(random);
    for (std::size_t i = 0; i < padded; ++i) {
        if (i < weight)
            keys[i] &= ~std::uint32_t{1};
        else if (i < p)
            keys[i] = (keys[i] & ~std::uint32_t{3}) | 1;
        else
            keys[i] = ~std::uint32_t{0};
    }
    widest<sort_body>(keys.data());
    Polynomial result;
    for (std::size_t i = 0; i < p; ++i)
        result.c[i] = narrow(static_cast<int>(keys[i] & 3) - 1);
    wipe_object(keys);
    return result;
}

Polynomial random_small(Random& random)
{
    auto keys = random_keys(random);
    Polynomial result;
    for (std::size_t i = 0; i < p; ++i)
        result.c[i] = narrow(static_cast<int>((keys[i] & 0x3fffffff) * 3 >> 30) - 1);
    wipe_object(keys);
    return result;
}

// What both sides do with the short polynomial: it is encrypted, and its encoding is hashed for the confirmation.
struct Hidden {
    std::array<std::uint8_t, Sntrup761::ciphertext_size> ciphertext;
    std::array<std::uint8_t, small_size> input;

    ~Hidden() { wipe_object(*this); }
};

Hidden hide(const Polynomial& r, const Polynomial& h, const Digest& public_hash)
{
    Hidden hidden;
    encode_small(hidden.input, r);
    auto product = rounded(multiply(h, r));
    MutableBytes out{hidden.ciphertext};
    encode_rounded(out.first(rounded_size), product);
    auto confirmation = prefixed_hash(2, prefixed_hash(3, hidden.input), public_hash);
    std::copy(confirmation.begin(), confirmation.end(), hidden.ciphertext.begin() + rounded_size);
    wipe_object(product);
    return hidden;
}

SecretBytes session_secret(std::uint8_t use, Bytes input, Bytes ciphertext)
{
    auto digest = prefixed_hash(3, input);
    auto secret = prefixed_hash(use, digest, ciphertext);
    auto result = SecretBytes::copy_of(secret);
    wipe(digest);
    wipe(secret);
    return result;
}

// All ones if the polynomial has not the weight of a short one.
int if_not_short(const Polynomial& r)
{
    int count = 0;
    for (std::size_t i = 0; i < p; ++i)
        count += r.c[i] & 1;
    int off = count - static_cast<int>(weight);
    return (off | -off) >> 31;
}

} // namespace

struct Sntrup761::State {
    Polynomial f, inverse_of_g;                                   // short; modulo 3
    Polynomial h;                                                 // the public key
    std::array<std::uint8_t, small_size> rho;                     // what implicit rejection is made of
    Digest public_hash;

    ~State()
    {
        wipe_object(f);
        wipe_object(inverse_of_g);
        wipe(rho);
    }

    // The short polynomial of a ciphertext, or the one of ones and zeros if it holds none.
    Polynomial decrypt(Bytes ciphertext) const
    {
        auto product = times_3(multiply(decode_rounded(ciphertext.first(rounded_size)), f));
        auto small = modulo_3(product);
        auto r = multiply_3(small, inverse_of_g);
        const int bad = if_not_short(r);
        for (std::size_t i = 0; i < p; ++i) {
            int substitute = i < weight ? 1 : 0;
            r.c[i] = narrow(r.c[i] ^ (bad & (r.c[i] ^ substitute)));
        }
        wipe_object(product);
        wipe_object(small);
        return r;
    }
};

Sntrup761::Sntrup761(Random& random) : state_(std::make_unique<State>())
{
    auto g = random_small(random);
    while (!reciprocal_3(state_->inverse_of_g, g))
        g = random_small(random);
    state_->f = random_short(random);
    auto quotient = reciprocal_of_3_times(state_->f);
    state_->h = multiply(quotient, g);
    encode(public_key_, state_->h);
    random.fill(state_->rho);
    state_->public_hash = prefixed_hash(4, public_key_);
    wipe_object(g);
    wipe_object(quotient);
}

Sntrup761::Sntrup761(Sntrup761&&) noexcept = default;
Sntrup761& Sntrup761::operator=(Sntrup761&&) noexcept = default;
Sntrup761::~Sntrup761() = default;

SecretBytes Sntrup761::private_key() const
{
    SecretBytes key(3 * small_size + public_key_size + digest_size);
    auto out = key.bytes();
    encode_small(out.first(small_size), state_->f);
    encode_small(out.subspan(small_size, small_size), state_->inverse_of_g);
    auto rest = std::copy(public_key_.begin(), public_key_.end(), out.begin() + 2 * small_size);
    rest = std::copy(state_->rho.begin(), state_->rho.end(), rest);
    std::copy(state_->public_hash.begin(), state_->public_hash.end(), rest);
    return key;
}

std::optional<SecretBytes> Sntrup761::decapsulate(Bytes ciphertext) const
{
    if (ciphertext.size() != ciphertext_size)
        return std::nullopt;
    auto r = state_->decrypt(ciphertext);
    auto again = hide(r, state_->h, state_->public_hash);
    wipe_object(r);

    unsigned difference = 0;
    for (std::size_t i = 0; i < ciphertext_size; ++i)
        difference |= static_cast<unsigned>(again.ciphertext[i] ^ ciphertext[i]);
    const auto same = static_cast<std::uint8_t>((difference - 1) >> 8);   // all ones, or zero
    for (std::size_t i = 0; i < small_size; ++i)
        again.input[i] ^= static_cast<std::uint8_t>(~same & (again.input[i] ^ state_->rho[i]));
    return session_secret(same & 1, again.input, ciphertext);
}

std::optional<Encapsulated> Sntrup761::encapsulate(Bytes public_key, Random& random)
{
    if (public_key.size() != public_key_size)
        return std::nullopt;
    auto r = random_short(random);
    auto hidden = hide(r, decode(public_key), prefixed_hash(4, public_key));
    wipe_object(r);
    return Encapsulated{to_vector(hidden.ciphertext), session_secret(1, hidden.input, hidden.ciphertext)};
}

} // namespace nacre
