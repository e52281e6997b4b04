#include "crypto/primes.h"

#include <openssl/bn.h>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

using Number = LibcryptoPtr<BIGNUM, BN_clear_free>;
using Scratch = LibcryptoPtr<BN_CTX, BN_CTX_free>;

constexpr std::uint32_t largest_factor = 1 << 20;

Number number_of(Bytes bytes)
{
    Number number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
    NACRE_EXPECTS(number != nullptr);
    return number;
}

ByteVector bytes_of(const Number& number)
{
    ByteVector bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
    BN_bn2bin(number.get(), bytes.data());
    return bytes;
}

std::vector<std::uint32_t> odd_primes_below(std::uint32_t limit)
{
    std::vector<bool> composite(limit);
    std::vector<std::uint32_t> primes;
    for (std::uint32_t n = 3; n < limit; n += 2) {
        if (composite[n])
            continue;
        primes.push_back(n);
        for (std::uint64_t multiple = std::uint64_t{n} * n; multiple < limit; multiple += 2 * n)
            composite[multiple] = true;
    }
    return primes;
}

} // namespace

bool is_probably_prime(Bytes bytes, int rounds)
{
    auto number = number_of(bytes);
    Scratch scratch{BN_CTX_new_ex(libcrypto())};
    // libcrypto asks for at least its own number of rounds, which depends on the size.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    int verdict = BN_is_prime_ex(number.get(), rounds, scratch.get(), nullptr);
#pragma GCC diagnostic pop
    return verdict == 1;
}

std::uint32_t remainder_of(Bytes number, std::uint32_t divisor)
{
    return static_cast<std::uint32_t>(BN_mod_word(number_of(number).get(), divisor));
}

ByteVector doubled_plus_one(Bytes number)
{
    auto result = number_of(number);
    NACRE_EXPECTS(BN_lshift1(result.get(), result.get()) == 1 && BN_add_word(result.get(), 1) == 1);
    return bytes_of(result);
}

ByteVector half_of(Bytes number)
{
    auto result = number_of(number);
    NACRE_EXPECTS(BN_rshift1(result.get(), result.get()) == 1);
    return bytes_of(result);
}

void sieve_sophie_germain(Bytes start, std::size_t window, const std::function<void(Bytes)>& on_candidate)
{
    auto first = number_of(start);
    if (!BN_is_odd(first.get()))
        BN_add_word(first.get(), 1);
    std::vector<bool> out(window);                                // of first + 2 i
    for (auto prime : odd_primes_below(largest_factor)) {
        auto rest = static_cast<std::uint64_t>(BN_mod_word(first.get(), prime));
        std::uint64_t half = (std::uint64_t{prime} + 1) / 2;      // the inverse of 2
        auto divisible = (prime - rest) % prime * half % prime;   // first + 2 i ≡ 0
        auto next_divisible = (divisible + prime - half * half % prime) % prime;   // 2 (first + 2 i) + 1 ≡ 0
        for (auto i = divisible; i < window; i += prime)
            out[i] = true;
        for (auto i = next_divisible; i < window; i += prime)
            out[i] = true;
    }
    for (std::size_t i = 0; i < window; ++i) {
        if (!out[i])
            on_candidate(bytes_of(first));
        NACRE_EXPECTS(BN_add_word(first.get(), 2) == 1);
    }
}

ByteVector random_start(std::uint32_t bits)
{
    Number number{BN_new()};
    Scratch scratch{BN_CTX_new_ex(libcrypto())};
    NACRE_EXPECTS(number && BN_rand_ex(number.get(), static_cast<int>(bits), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD, 0,
                                       scratch.get()) == 1);
    return bytes_of(number);
}

} // namespace nacre
