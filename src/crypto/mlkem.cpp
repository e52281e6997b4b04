#include "crypto/mlkem.h"

#include <algorithm>

#include "base/contract.h"
#include "crypto/keccak.h"
#include "crypto/mlkem_polynomial.h"

namespace nacre {

using mlkem::Polynomial;
using mlkem::polynomial_size;

namespace {

constexpr std::size_t hash_size = 32;                             // of H, and of each half of G

template <std::size_t rank>
using Vector = std::array<Polynomial, rank>;

template <class Secret>
void wipe_object(Secret& secret)
{
    wipe({reinterpret_cast<std::uint8_t*>(&secret), sizeof secret});
}

// What encryption needs of a public key; nothing of it is secret.
template <std::size_t rank>
struct PublicPart {
    std::array<Vector<rank>, rank> matrix;                        // A, row by row, in the NTT domain
    Vector<rank> t;

    void expand_matrix(Bytes rho)
    {
        std::array<mlkem::MatrixEntry, rank * rank> entries;
        for (std::size_t i = 0; i < rank; ++i)
            for (std::size_t j = 0; j < rank; ++j)
                entries[rank * i + j] = {&matrix[i][j], static_cast<std::uint8_t>(j), static_cast<std::uint8_t>(i)};
        for (std::span<const mlkem::MatrixEntry> rest{entries}; !rest.empty();) {
            auto next = rest.first(std::min(rest.size(), FourSponges::count));
            mlkem::sample_uniform(next, rho);
            rest = rest.subspan(next.size());
        }
    }
};

// `count` polynomials of noise one after the other, from the nonce on.
void sample_noise(Polynomial* first, std::size_t count, Bytes seed, std::size_t nonce)
{
    while (count > 0) {
        std::size_t next = std::min(count, FourSponges::count);
        std::array<Polynomial*, FourSponges::count> places{};
        for (std::size_t i = 0; i < next; ++i)
            places[i] = first + i;
        mlkem::sample_noise(std::span{places}.first(next), seed, static_cast<std::uint8_t>(nonce));
        first += next;
        count -= next;
        nonce += next;
    }
}

template <std::size_t rank>
std::array<const Polynomial*, rank> pointers_to(const Vector<rank>& vector)
{
    std::array<const Polynomial*, rank> result;
    for (std::size_t i = 0; i < rank; ++i)
        result[i] = &vector[i];
    return result;
}

template <std::size_t rank>
constexpr unsigned u_bits = rank == 3 ? 10 : 11;                  // §8, Table 2: d_u
template <std::size_t rank>
constexpr unsigned v_bits = rank == 3 ? 4 : 5;                    // d_v

// Algorithm 14, K-PKE.Encrypt.
template <std::size_t rank>
void encrypt(MutableBytes ciphertext, const PublicPart<rank>& key, Bytes message, Bytes coins)
{
    struct {
        Vector<rank> y;                                           // in the order of their nonces
        Vector<rank> e1;
        Polynomial e2, result, mu;
    } work;
    sample_noise(work.y.data(), rank, coins, 0);
    sample_noise(work.e1.data(), rank, coins, rank);
    sample_noise(&work.e2, 1, coins, 2 * rank);
    for (auto& polynomial : work.y)
        mlkem::to_ntt(polynomial);

    constexpr std::size_t u_size = 32 * u_bits<rank>;
    for (std::size_t i = 0; i < rank; ++i) {
        std::array<const Polynomial*, rank> column;
        for (std::size_t j = 0; j < rank; ++j)
            column[j] = &key.matrix[j][i];
        mlkem::dot_product(work.result, column, work.y.data());
        mlkem::from_ntt(work.result);
        mlkem::add(work.result, work.e1[i]);
        mlkem::compress<u_bits<rank>>(ciphertext.subspan(i * u_size, u_size), work.result);
    }
    mlkem::dot_product(work.result, pointers_to(key.t), work.y.data());
    mlkem::from_ntt(work.result);
    mlkem::add(work.result, work.e2);
    mlkem::decompress<1>(work.mu, message);
    mlkem::add(work.result, work.mu);
    mlkem::compress<v_bits<rank>>(ciphertext.subspan(rank * u_size), work.result);
    wipe_object(work);
}

// G of two inputs, cut in half.
struct Halves {
    std::array<std::uint8_t, hash_size> first, second;

    ~Halves() { wipe_object(*this); }
};

Halves g(Bytes a, Bytes b)
{
    std::array<std::uint8_t, 2 * hash_size> both;
    Sponge{sha3_512}.absorb(a).absorb(b).squeeze(both);
    Halves halves;
    std::copy_n(both.begin(), hash_size, halves.first.begin());
    std::copy_n(both.begin() + hash_size, hash_size, halves.second.begin());
    wipe(both);
    return halves;
}

std::array<std::uint8_t, hash_size> h(Bytes bytes)
{
    std::array<std::uint8_t, hash_size> digest;
    sponge_of(sha3_256, bytes, digest);
    return digest;
}

} // namespace

template <std::size_t rank>
struct MlKem<rank>::State {
    PublicPart<rank> part;
    Vector<rank> s;                                               // NTT domain
    std::array<std::uint8_t, hash_size> public_hash;
    std::array<std::uint8_t, hash_size> z;                        // what implicit rejection is made of

    ~State()
    {
        wipe_object(s);
        wipe(z);
    }

    // Algorithm 15, K-PKE.Decrypt.
    void decrypt(MutableBytes message, Bytes ciphertext) const
    {
        struct {
            Vector<rank> u;
            Polynomial v, w;
        } work;
        constexpr std::size_t u_size = 32 * u_bits<rank>;
        for (std::size_t i = 0; i < rank; ++i) {
            mlkem::decompress<u_bits<rank>>(work.u[i], ciphertext.subspan(i * u_size, u_size));
            mlkem::to_ntt(work.u[i]);
        }
        mlkem::decompress<v_bits<rank>>(work.v, ciphertext.subspan(rank * u_size));
        mlkem::dot_product(work.w, pointers_to(s), work.u.data());
        mlkem::from_ntt(work.w);
        mlkem::subtract(work.v, work.w);
        mlkem::compress<1>(message, work.v);
        wipe_object(work);
    }
};

namespace {

SecretBytes random_secret(Random& random, std::size_t size)
{
    SecretBytes secret(size);
    random.fill(secret.bytes());
    return secret;
}

} // namespace

template <std::size_t rank>
MlKem<rank>::MlKem(Random& random) : MlKem(random_secret(random, seed_size))
{
}

template <std::size_t rank>
MlKem<rank>::MlKem(const SecretBytes& seed) : state_(std::make_unique<State>())
{
    NACRE_EXPECTS(seed.size() == seed_size);
    auto d = seed.bytes().first(hash_size);
    std::copy_n(seed.bytes().begin() + hash_size, hash_size, state_->z.begin());

    // Algorithm 13, K-PKE.KeyGen: t = A s + e.
    const std::uint8_t domain = rank;
    auto seeds = g(d, {&domain, 1});
    auto& part = state_->part;
    part.expand_matrix(seeds.first);
    Vector<rank> e;
    sample_noise(state_->s.data(), rank, seeds.second, 0);
    sample_noise(e.data(), rank, seeds.second, rank);
    for (auto& polynomial : state_->s)
        mlkem::to_ntt(polynomial);
    MutableBytes out{public_key_};
    for (std::size_t i = 0; i < rank; ++i) {
        mlkem::to_ntt(e[i]);
        mlkem::dot_product(part.t[i], pointers_to(part.matrix[i]), state_->s.data());
        mlkem::times_2_16(part.t[i]);
        mlkem::add(part.t[i], e[i]);
        mlkem::encode_ntt(out.subspan(i * polynomial_size, polynomial_size), part.t[i]);
    }
    std::copy(seeds.first.begin(), seeds.first.end(), public_key_.begin() + rank * polynomial_size);
    state_->public_hash = h(public_key_);
    wipe_object(e);
}

template <std::size_t rank>
MlKem<rank>::MlKem(MlKem&&) noexcept = default;
template <std::size_t rank>
MlKem<rank>& MlKem<rank>::operator=(MlKem&&) noexcept = default;
template <std::size_t rank>
MlKem<rank>::~MlKem() = default;

template <std::size_t rank>
SecretBytes MlKem<rank>::private_key() const
{
    SecretBytes key(2 * rank * polynomial_size + 3 * hash_size);
    auto out = key.bytes();
    for (std::size_t i = 0; i < rank; ++i)
        mlkem::encode_ntt(out.subspan(i * polynomial_size, polynomial_size), state_->s[i]);
    auto rest = std::copy(public_key_.begin(), public_key_.end(), out.begin() + rank * polynomial_size);
    rest = std::copy(state_->public_hash.begin(), state_->public_hash.end(), rest);
    std::copy(state_->z.begin(), state_->z.end(), rest);
    return key;
}

template <std::size_t rank>
std::optional<SecretBytes> MlKem<rank>::decapsulate(Bytes ciphertext) const
{
    if (ciphertext.size() != ciphertext_size)
        return std::nullopt;
    std::array<std::uint8_t, message_size> message;
    state_->decrypt(message, ciphertext);
    auto derived = g(message, state_->public_hash);
    SecretBytes secret(secret_size);
    Sponge{shake256}.absorb(state_->z).absorb(ciphertext).squeeze(secret.bytes());
    SecretBytes again(ciphertext_size);
    encrypt(again.bytes(), state_->part, message, derived.second);
    wipe(message);

    // The true secret if the ciphertexts are equal, without looking at the answer.
    unsigned difference = 0;
    for (std::size_t i = 0; i < ciphertext_size; ++i)
        difference |= static_cast<unsigned>(again.bytes()[i] ^ ciphertext[i]);
    auto mask = static_cast<std::uint8_t>((difference - 1) >> 8);  // all ones if they are
    for (std::size_t i = 0; i < secret_size; ++i)
        secret.bytes()[i] ^= static_cast<std::uint8_t>(mask & (secret.bytes()[i] ^ derived.first[i]));
    return secret;
}

template <std::size_t rank>
std::optional<Encapsulated> MlKem<rank>::encapsulate(Bytes public_key, Random& random)
{
    return encapsulate(public_key, random_secret(random, message_size));
}

template <std::size_t rank>
std::optional<Encapsulated> MlKem<rank>::encapsulate(Bytes public_key, const SecretBytes& message)
{
    NACRE_EXPECTS(message.size() == message_size);
    if (public_key.size() != public_key_size)
        return std::nullopt;
    auto part = std::make_unique<PublicPart<rank>>();
    for (std::size_t i = 0; i < rank; ++i)
        if (!mlkem::decode_ntt(part->t[i], public_key.subspan(i * polynomial_size, polynomial_size)))
            return std::nullopt;
    part->expand_matrix(public_key.last(mlkem::seed_size));
    auto derived = g(message.bytes(), h(public_key));
    Encapsulated result{ByteVector(ciphertext_size), SecretBytes::copy_of(derived.first)};
    encrypt(result.ciphertext, *part, message.bytes(), derived.second);
    return result;
}

template class MlKem<3>;
template class MlKem<4>;

} // namespace nacre
