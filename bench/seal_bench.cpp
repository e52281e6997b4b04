// What one packet costs: sealing and opening with each cipher (and MAC), and the random bytes of its padding.
#include <benchmark/benchmark.h>

#include <string>

#include "crypto/random.h"
#include "support/seeded_random.h"
#include "transport/ciphers.h"
#include "transport/macs.h"
#include "wire/writer.h"

namespace nacre {
namespace {

struct Suite {
    const Cipher* cipher;
    const Mac* mac;
    ByteVector key, iv, mac_key;

    CipherKeys keys() const { return {key, iv, mac_key}; }
};

Suite suite_of(const char* cipher_name, const char* mac_name)
{
    test::SeededRandom random{1};
    Suite suite{find_cipher(cipher_name), mac_name ? find_mac(mac_name) : nullptr, {}, {}, {}};
    suite.key.resize(suite.cipher->key_size);
    suite.iv.resize(suite.cipher->iv_size);
    suite.mac_key.resize(suite.mac ? suite.mac->key_size : 0);
    random.fill(suite.key);
    random.fill(suite.iv);
    random.fill(suite.mac_key);
    return suite;
}

// A packet with `size` bytes of payload, rounded up to what encrypts.
ByteVector packet_of(const PacketSealer& sealer, std::size_t size)
{
    std::size_t encrypted = (size + sealer.alignment() - 1) / sealer.alignment() * sealer.alignment();
    ByteVector packet((sealer.length_is_encrypted() ? 0 : 4) + encrypted + sealer.tag_size());
    Writer::store_u32(packet.data(), static_cast<std::uint32_t>(packet.size() - 4 - sealer.tag_size()));
    return packet;
}

PacketPosition after(PacketPosition at, const PacketSealer& sealer, Bytes packet)
{
    std::size_t clear = sealer.tag_size() + (sealer.length_is_encrypted() ? 0 : 4);
    return {SequenceNumber{at.sequence.value + 1}, at.packet + 1, at.offset + packet.size() - clear};
}

void seal(benchmark::State& state, const char* cipher, const char* mac)
{
    auto suite = suite_of(cipher, mac);
    auto sealer = suite.cipher->make_sealer(*suite.cipher, suite.mac, suite.keys());
    auto packet = packet_of(*sealer, static_cast<std::size_t>(state.range(0)));
    PacketPosition at;
    for (auto _ : state) {
        sealer->seal(at, packet);
        at = after(at, *sealer, packet);
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

// Opens the same packet again and again; the copy that this needs is timed too.
void open(benchmark::State& state, const char* cipher, const char* mac)
{
    auto suite = suite_of(cipher, mac);
    auto sealer = suite.cipher->make_sealer(*suite.cipher, suite.mac, suite.keys());
    auto opener = suite.cipher->make_opener(*suite.cipher, suite.mac, suite.keys());
    const auto sealed = [&] {
        auto packet = packet_of(*sealer, static_cast<std::size_t>(state.range(0)));
        sealer->seal({}, packet);
        return packet;
    }();
    auto packet = sealed;
    for (auto _ : state) {
        std::copy(sealed.begin(), sealed.end(), packet.begin());
        benchmark::DoNotOptimize(opener->length({}, Bytes{packet}.first(opener->header_size())));
        if (!opener->open({}, packet))
            state.SkipWithError("does not open");
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

void padding(benchmark::State& state)
{
    SystemRandom random;
    for (auto _ : state)
        benchmark::DoNotOptimize(random.bytes<8>());
}
BENCHMARK(padding);

const bool registered = [] {
    auto add = [](const char* cipher, const char* mac) {
        auto name = std::string{cipher} + (mac ? std::string{"+"} + mac : "");
        for (auto [verb, work] : {std::pair{"seal/", &seal}, std::pair{"open/", &open}})
            benchmark::RegisterBenchmark((verb + name).c_str(), work, cipher, mac)->Arg(64)->Arg(1024)->Arg(32768);
    };
    for (auto& cipher : ciphers())
        if (cipher.authenticates)
            add(cipher.name.data(), nullptr);
    for (auto* mac : {"umac-64-etm@openssh.com", "umac-128-etm@openssh.com", "hmac-sha2-256-etm@openssh.com",
                      "hmac-sha2-512-etm@openssh.com", "umac-64@openssh.com", "hmac-sha2-256"})
        add("aes128-ctr", mac);
    add("aes256-ctr", "umac-128-etm@openssh.com");
    return true;
}();

} // namespace
} // namespace nacre
