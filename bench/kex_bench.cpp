// Key agreement: what each mechanism costs the client (making a key, opening the answer) and the server (answering).
#include <benchmark/benchmark.h>

#include "crypto/mlkem.h"
#include "crypto/random.h"
#include "crypto/sntrup761.h"
#include "crypto/x25519.h"

namespace nacre {
namespace {

template <class Kem>
void make_key(benchmark::State& state)
{
    SystemRandom random;
    for (auto _ : state) {
        Kem key{random};
        benchmark::DoNotOptimize(key.public_key().data());
    }
}

template <class Kem>
void encapsulate(benchmark::State& state)
{
    SystemRandom random;
    Kem key{random};
    for (auto _ : state)
        benchmark::DoNotOptimize(Kem::encapsulate(key.public_key(), random));
}

template <class Kem>
void decapsulate(benchmark::State& state)
{
    SystemRandom random;
    Kem key{random};
    auto sent = Kem::encapsulate(key.public_key(), random);
    for (auto _ : state)
        benchmark::DoNotOptimize(key.decapsulate(sent->ciphertext));
}

// The two sums that are compared: a key and what the other side does with it.
template <class Kem>
void make_key_and_encapsulate(benchmark::State& state)
{
    SystemRandom random;
    for (auto _ : state) {
        Kem key{random};
        benchmark::DoNotOptimize(Kem::encapsulate(key.public_key(), random));
    }
}

void make_key_and_derive(benchmark::State& state)
{
    SystemRandom random;
    X25519Key peer{random};
    for (auto _ : state) {
        X25519Key key{random};
        benchmark::DoNotOptimize(key.agree(peer.public_key()));
    }
}

BENCHMARK(make_key_and_derive)->Name("x25519/key+derive");
BENCHMARK(make_key_and_encapsulate<MlKem768>)->Name("mlkem768/key+encapsulate");
BENCHMARK(make_key<MlKem768>)->Name("mlkem768/key");
BENCHMARK(encapsulate<MlKem768>)->Name("mlkem768/encapsulate");
BENCHMARK(decapsulate<MlKem768>)->Name("mlkem768/decapsulate");
BENCHMARK(make_key<MlKem1024>)->Name("mlkem1024/key");
BENCHMARK(encapsulate<MlKem1024>)->Name("mlkem1024/encapsulate");
BENCHMARK(decapsulate<MlKem1024>)->Name("mlkem1024/decapsulate");
BENCHMARK(make_key<Sntrup761>)->Name("sntrup761/key");
BENCHMARK(encapsulate<Sntrup761>)->Name("sntrup761/encapsulate");
BENCHMARK(decapsulate<Sntrup761>)->Name("sntrup761/decapsulate");

} // namespace
} // namespace nacre
