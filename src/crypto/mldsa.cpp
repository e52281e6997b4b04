#include "crypto/mldsa.h"

#include <algorithm>

#include "base/contract.h"
#include "crypto/keccak.h"
#include "crypto/mldsa_polynomial.h"

namespace nacre {

using namespace mldsa;

namespace {

constexpr std::size_t k = 4, l = 4;                               // rows and columns of the matrix
constexpr std::int32_t eta = 2, beta = 78;                        // beta: the weight of a challenge times eta
constexpr std::size_t omega = 80;                                 // hints at most
constexpr std::size_t challenge_size = 32, hash_size = 64;
constexpr std::size_t t1_size = 320, t0_size = 416, small_size = 96, z_size = 576, w1_size = 192;

using Rows = std::array<Polynomial, k>;
using Columns = std::array<Polynomial, l>;
using Matrix = std::array<Columns, k>;

template <class Object>
void wipe_object(Object& object)
{
    wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof object});
}

void expand_matrix(Matrix& matrix, Bytes rho)
{
    for (std::size_t row = 0; row < k; ++row) {
        std::array<MatrixEntry, l> entries;
        for (std::size_t column = 0; column < l; ++column)
            entries[column] = {&matrix[row][column], static_cast<std::uint8_t>(column), static_cast<std::uint8_t>(row)};
        sample_uniform(entries, rho);
    }
}

// A v, out of the NTT domain.
Polynomial row_product(const Columns& row, const Columns& v)
{
    Polynomial sum;
    for (std::size_t column = 0; column < l; ++column)
        add_product(sum, row[column], v[column]);
    return sum;
}

using Hash64 = std::array<std::uint8_t, hash_size>;

Hash64 hash64(Bytes first, Bytes second = {}, Bytes third = {})
{
    Hash64 digest;
    Sponge{shake256}.absorb(first).absorb(second).absorb(third).squeeze(digest);
    return digest;
}

// The representative of the message (Algorithms 2 and 7): with a zero for "pure" and the context.
Hash64 representative(Bytes public_hash, Bytes message, Bytes context)
{
    NACRE_EXPECTS(context.size() <= MlDsa44::longest_context);
    const std::array<std::uint8_t, 2> prefix{0, static_cast<std::uint8_t>(context.size())};
    Hash64 digest;
    Sponge{shake256}.absorb(public_hash).absorb(prefix).absorb(context).absorb(message).squeeze(digest);
    return digest;
}

std::array<std::uint8_t, challenge_size> challenge_of(Bytes representative, const Rows& w1)
{
    Sponge sponge{shake256};
    sponge.absorb(representative);
    std::array<std::uint8_t, w1_size> encoded;
    for (auto& row : w1) {
        pack<6>(encoded, [&](std::size_t n) { return static_cast<std::uint32_t>(row.c[n]); });
        sponge.absorb(encoded);
    }
    std::array<std::uint8_t, challenge_size> result;
    sponge.squeeze(result);
    return result;
}

// Algorithm 20.
void encode_hints(MutableBytes out, const Rows& hints)
{
    std::size_t at = 0;
    for (std::size_t row = 0; row < k; ++row) {
        for (std::size_t i = 0; i < degree; ++i)
            if (hints[row].c[i] != 0)
                out[at++] = static_cast<std::uint8_t>(i);
        out[omega + row] = static_cast<std::uint8_t>(at);
    }
}

// Algorithm 21: one encoding per set of hints, all others are refused.
bool decode_hints(Rows& hints, Bytes in)
{
    std::size_t at = 0;
    for (std::size_t row = 0; row < k; ++row) {
        std::size_t end = in[omega + row];
        if (end < at || end > omega)
            return false;
        for (std::size_t first = at; at < end; ++at) {
            if (at > first && in[at - 1] >= in[at])
                return false;
            hints[row].c[in[at]] = 1;
        }
    }
    return std::all_of(in.begin() + static_cast<std::ptrdiff_t>(at), in.begin() + omega,
                       [](auto byte) { return byte == 0; });
}

} // namespace

struct MlDsa44::State {
    std::array<std::uint8_t, 32> rho, key;                        // of the matrix; K
    Hash64 public_hash;                                           // tr
    Matrix matrix;
    Columns s1, s1_ntt;
    Rows s2, s2_ntt, t0, t0_ntt;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { wipe_object(*this); }

    // One attempt of Algorithm 7; nothing when the signature would tell something.
    std::optional<ByteVector> attempt(const Hash64& mu, const Hash64& mask_seed, std::size_t number) const;
};

MlDsa44::MlDsa44(const SecretBytes& seed) : state_(std::make_unique<State>())
{
    NACRE_EXPECTS(seed.size() == seed_size);
    auto& state = *state_;
    const std::array<std::uint8_t, 2> sizes{k, l};
    Sponge sponge{shake256};
    sponge.absorb(seed.bytes()).absorb(sizes);
    Hash64 small_seed;
    sponge.squeeze(state.rho);
    sponge.squeeze(small_seed);
    sponge.squeeze(state.key);

    expand_matrix(state.matrix, state.rho);
    for (std::size_t i = 0; i < l; ++i) {
        sample_small(state.s1[i], small_seed, static_cast<std::uint16_t>(i));
        state.s1_ntt[i] = state.s1[i];
        to_ntt(state.s1_ntt[i]);
    }
    std::copy(state.rho.begin(), state.rho.end(), public_key_.begin());
    for (std::size_t i = 0; i < k; ++i) {
        sample_small(state.s2[i], small_seed, static_cast<std::uint16_t>(l + i));
        auto t = row_product(state.matrix[i], state.s1_ntt);
        from_ntt(t);
        add(t, state.s2[i]);
        Polynomial t1;
        power_2_round(t1, state.t0[i], t);
        pack<10>(MutableBytes{public_key_}.subspan(32 + i * t1_size, t1_size),
                 [&](std::size_t n) { return static_cast<std::uint32_t>(t1.c[n]); });
        wipe_object(t);
        state.s2_ntt[i] = state.s2[i];
        state.t0_ntt[i] = state.t0[i];
        to_ntt(state.s2_ntt[i]);
        to_ntt(state.t0_ntt[i]);
    }
    state.public_hash = hash64(public_key_);
    wipe(small_seed);
}

MlDsa44::MlDsa44(MlDsa44&&) noexcept = default;
MlDsa44& MlDsa44::operator=(MlDsa44&&) noexcept = default;
MlDsa44::~MlDsa44() = default;

// Algorithm 24.
SecretBytes MlDsa44::private_key() const
{
    SecretBytes key(private_key_size);
    auto rest = key.bytes();
    auto next = [&](std::size_t size) {
        auto part = rest.first(size);
        rest = rest.subspan(size);
        return part;
    };
    std::copy(state_->rho.begin(), state_->rho.end(), next(32).begin());
    std::copy(state_->key.begin(), state_->key.end(), next(32).begin());
    std::copy(state_->public_hash.begin(), state_->public_hash.end(), next(hash_size).begin());
    for (auto* small : {&state_->s1, &state_->s2})
        for (auto& s : *small)
            pack<3>(next(small_size), [&](std::size_t n) { return static_cast<std::uint32_t>(eta - s.c[n]); });
    for (auto& t0 : state_->t0)
        pack<13>(next(t0_size), [&](std::size_t n) { return static_cast<std::uint32_t>((1 << 12) - t0.c[n]); });
    return key;
}

ByteVector MlDsa44::sign(Bytes message, Bytes context, Random& random) const
{
    return sign_with(message, context, random.bytes<32>());
}

ByteVector MlDsa44::sign_with(Bytes message, Bytes context, Bytes randomness) const
{
    NACRE_EXPECTS(randomness.size() == 32);
    auto mu = representative(state_->public_hash, message, context);
    auto mask_seed = hash64(state_->key, randomness, mu);
    for (std::size_t number = 0;; number += l)
        if (auto signature = state_->attempt(mu, mask_seed, number)) {
            wipe(mask_seed);
            return std::move(*signature);
        }
}

std::optional<ByteVector> MlDsa44::State::attempt(const Hash64& mu, const Hash64& mask_seed, std::size_t number) const
{
    struct Work {
        Columns y, y_ntt;
        Rows w, w1, hints;
        ~Work() { wipe_object(*this); }
    };
    auto work = std::make_unique<Work>();
    auto& [y, y_ntt, w, w1, hints] = *work;
    for (std::size_t i = 0; i < l; ++i) {
        sample_mask(y[i], mask_seed, static_cast<std::uint16_t>(number + i));
        y_ntt[i] = y[i];
        to_ntt(y_ntt[i]);
    }
    for (std::size_t i = 0; i < k; ++i) {
        w[i] = row_product(matrix[i], y_ntt);
        from_ntt(w[i]);
        w1[i] = high_bits(w[i]);
    }
    auto seed = challenge_of(mu, w1);
    auto c = sample_challenge(seed);
    to_ntt(c);
    auto times_c = [&](const Polynomial& s) {
        auto product = multiply(c, s);
        from_ntt(product);
        return product;
    };

    std::int32_t telling = 0;
    for (std::size_t i = 0; i < l; ++i) {
        add(y[i], times_c(s1_ntt[i]));                            // z
        telling |= reaches(y[i], gamma_1 - beta);
    }
    std::int32_t hint_count = 0;
    for (std::size_t i = 0; i < k; ++i) {
        subtract(w[i], times_c(s2_ntt[i]));
        telling |= reaches(low_bits(w[i]), gamma_2 - beta);
        auto ct0 = times_c(t0_ntt[i]);
        telling |= reaches(ct0, gamma_2);
        auto corrected = w[i];
        add(corrected, ct0);
        hint_count += make_hint(hints[i], w[i], corrected);
    }
    if (telling != 0 || hint_count > static_cast<std::int32_t>(omega))
        return std::nullopt;

    ByteVector signature(signature_size);
    MutableBytes out{signature};
    std::copy(seed.begin(), seed.end(), out.begin());
    for (std::size_t i = 0; i < l; ++i)
        pack<18>(out.subspan(challenge_size + i * z_size, z_size), [&](std::size_t n) {
            std::int32_t z = y[i].c[n];
            return static_cast<std::uint32_t>(gamma_1 - (z > q / 2 ? z - q : z));
        });
    encode_hints(out.last(omega + k), hints);
    return signature;
}

bool MlDsa44::verify(Bytes public_key, Bytes message, Bytes context, Bytes signature)
{
    if (public_key.size() != public_key_size || signature.size() != signature_size || context.size() > longest_context)
        return false;
    struct Work {
        Matrix matrix;
        Columns z;
        Rows hints, w1;
    };
    auto work = std::make_unique<Work>();
    auto& [matrix, z, hints, w1] = *work;
    if (!decode_hints(hints, signature.last(omega + k)))
        return false;
    for (std::size_t i = 0; i < l; ++i) {
        unpack<18>(signature.subspan(challenge_size + i * z_size, z_size), [&](std::size_t n, std::int32_t value) {
            std::int32_t number = gamma_1 - value;
            z[i].c[n] = number < 0 ? number + q : number;
        });
        if (reaches(z[i], gamma_1 - beta) != 0)
            return false;
        to_ntt(z[i]);
    }
    expand_matrix(matrix, public_key.first(32));
    auto seed = signature.first(challenge_size);
    auto c = sample_challenge(seed);
    to_ntt(c);
    for (std::size_t i = 0; i < k; ++i) {
        Polynomial t1;
        unpack<10>(public_key.subspan(32 + i * t1_size, t1_size),
                   [&](std::size_t n, std::int32_t value) { t1.c[n] = value << dropped_bits; });
        to_ntt(t1);
        auto w = row_product(matrix[i], z);
        subtract(w, multiply(c, t1));
        from_ntt(w);
        w1[i] = use_hint(hints[i], w);
    }
    auto mu = representative(hash64(public_key), message, context);
    return same_bytes(challenge_of(mu, w1), seed);
}

} // namespace nacre
