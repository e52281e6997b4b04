// Runs under valgrind with every secret marked as undefined: memcheck then complains about each branch and each address
// that depends on one.
//
// What everybody may see is marked as defined before it is used on; public.supp names the places where something public is
// computed from a secret inside a function, and why.  What cannot be checked this way is listed in SECURITY.md.
#include <valgrind/memcheck.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "crypto/chacha20.h"
#include "crypto/hmac.h"
#include "crypto/keccak.h"
#include "crypto/mldsa.h"
#include "crypto/mlkem.h"
#include "crypto/poly1305.h"
#include "crypto/sign.h"
#include "crypto/sntrup761.h"
#include "crypto/umac.h"
#include "crypto/x25519.h"
#include "transport/ciphers.h"
#include "transport/macs.h"

namespace nacre {

// The linker puts this in the place of equal_in_constant_time() (--wrap): the bytes are secret, the verdict is not, and whoever
// asked may branch on it.
bool real_comparison(Bytes a, Bytes b) asm("__real__ZN5nacre22equal_in_constant_timeESt4spanIKhLm18446744073709551615EES2_");
bool comparison(Bytes a, Bytes b) asm("__wrap__ZN5nacre22equal_in_constant_timeESt4spanIKhLm18446744073709551615EES2_");

bool comparison(Bytes a, Bytes b)
{
    bool equal = real_comparison(a, b);
    VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
    return equal;
}

} // namespace nacre

namespace {

using namespace nacre;

class HiddenRandom final : public Random {
public:
    void fill(MutableBytes bytes) override
    {
        for (auto& byte : bytes) {
            state_ = state_ * 6364136223846793005u + 1442695040888963407u;
            byte = static_cast<std::uint8_t>(state_ >> 33);
        }
        VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
    }

private:
    std::uint64_t state_ = 1;
};

ByteVector hidden(std::size_t size)
{
    HiddenRandom random;
    ByteVector bytes(size);
    random.fill(bytes);
    return bytes;
}

SecretBytes hidden_secret(std::size_t size)
{
    SecretBytes bytes(size);
    HiddenRandom{}.fill(bytes.bytes());
    return bytes;
}

void publish(Bytes bytes) { VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size()); }

ByteVector published(Bytes bytes)
{
    publish(bytes);
    return to_vector(bytes);
}

constexpr std::array<std::size_t, 7> sizes{1, 16, 63, 64, 255, 1024, 5000};

// ---- comparisons, hashes, streams --------------------------------------------------------

void comparisons()
{
    auto secret = hidden_secret(32);
    for (std::size_t size : sizes) {
        auto a = hidden(size), b = hidden(size);
        (void)equal_in_constant_time(a, b);                       // its verdict is published, its bytes are not
        b.back() ^= 1;
        (void)equal_in_constant_time(a, b);
    }
    (void)(secret == hidden_secret(32));
    wipe(secret.bytes());
}

void hashes()
{
    std::array<std::uint8_t, 64> out;
    for (std::size_t size : sizes) {
        auto text = hidden(size);
        for (auto kind : {sha3_256, sha3_512, shake128, shake256})
            sponge_of(kind, text, out);
        for (auto kind : {HashKind::sha1, HashKind::sha256, HashKind::sha384, HashKind::sha512})
            (void)hmac_of(kind, hidden(32), text);
    }
    std::array<ByteVector, FourSponges::count> inputs{hidden(34), hidden(34), hidden(34), hidden(34)};
    const std::array<Bytes, FourSponges::count> views{inputs[0], inputs[1], inputs[2], inputs[3]};
    FourSponges four{shake128, views};
    std::array<std::array<std::uint8_t, 168>, FourSponges::count> blocks;
    const std::array<std::uint8_t*, FourSponges::count> outputs{blocks[0].data(), blocks[1].data(), blocks[2].data(),
                                                                blocks[3].data()};
    four.squeeze_block(outputs, 168);
}

void streams()
{
    for (std::size_t size : sizes) {
        auto text = hidden(size);
        ChaCha20 chacha{hidden(ChaCha20::key_size)};
        chacha.seek(std::array<std::uint8_t, 8>{}, 1);
        chacha.apply(text);
        Poly1305 poly;
        std::array<std::uint8_t, Poly1305::tag_size> tag;
        poly.compute(hidden(Poly1305::key_size), text, tag);
        for (std::size_t tag_size : {8u, 16u}) {
            Umac umac{tag_size, hidden(Umac::key_size)};
            umac.compute(std::array<std::uint8_t, 8>{}, text, MutableBytes{tag}.first(tag_size));
        }
    }
}

// ---- packets: every cipher with every MAC ------------------------------------------------

constexpr std::size_t length_size = 4;

// Padded as a writer would; payload and padding are secret, the length is not.
ByteVector packet_of(std::size_t payload, const PacketSealer& sealer)
{
    std::size_t block = sealer.alignment(), head = sealer.length_is_encrypted() ? length_size : 0;
    std::size_t body = 1 + payload;
    std::size_t padding = block - (head + body) % block;
    if (padding < 4)
        padding += block;
    body += padding;
    auto packet = hidden(length_size + body + sealer.tag_size());
    packet[0] = packet[1] = 0;
    packet[2] = static_cast<std::uint8_t>(body >> 8);
    packet[3] = static_cast<std::uint8_t>(body);
    packet[4] = static_cast<std::uint8_t>(padding);
    return packet;
}

void seal_and_open(const Cipher& cipher, const Mac* mac)
{
    auto key = hidden(cipher.key_size), iv = published(hidden(cipher.iv_size)), mac_key = hidden(mac ? mac->key_size : 0);
    const CipherKeys keys{key, iv, mac_key};
    for (bool spoiled : {false, true}) {
        auto sealer = cipher.make_sealer(cipher, mac, keys);
        auto opener = cipher.make_opener(cipher, mac, keys);
        PacketPosition at{{7}, 3, 0};
        for (std::size_t size : {5u, 100u, 2000u}) {
            auto packet = packet_of(size, *sealer);
            sealer->seal(at, packet);
            packet = published(packet);
            if (spoiled)
                packet[packet.size() / 2] ^= 1;
            (void)opener->length(at, Bytes{packet}.first(opener->header_size()));
            (void)opener->open(at, packet);
            at.sequence = {at.sequence.value + 1};
            ++at.packet;
            at.offset += packet.size() - sealer->tag_size() - (sealer->length_is_encrypted() ? 0 : length_size);
        }
    }
}

void packets()
{
    for (auto& cipher : ciphers()) {
        if (cipher.authenticates) {
            seal_and_open(cipher, nullptr);
            continue;
        }
        for (auto& mac : macs())
            if (cipher.block_size != 8)                           // DES is made of tables
                seal_and_open(cipher, &mac);
    }
}

// ---- keys --------------------------------------------------------------------------------

template <class Kem>
void encapsulate_and_open()
{
    HiddenRandom random;
    Kem key{random};
    auto public_key = published(key.public_key());
    auto sent = Kem::encapsulate(public_key, random);
    auto ciphertext = published(sent->ciphertext);
    (void)key.decapsulate(ciphertext);
    ciphertext[3] ^= 1;                                           // implicit rejection takes the same path
    (void)key.decapsulate(ciphertext);
}

void x25519()
{
    HiddenRandom random;
    X25519Key ours{random}, theirs{random};
    (void)ours.agree(published(theirs.public_key()));
}

void ed25519()
{
    auto key = ed25519_private(hidden(ed25519_key_size));
    (void)ed25519_sign(key, as_bytes("message"));
}

void mldsa()
{
    HiddenRandom random;
    MlDsa44 key{hidden_secret(MlDsa44::seed_size)};
    publish(key.public_key());
    (void)key.sign(as_bytes("message"), {}, random);
}

struct Case {
    const char* name;
    void (*run)();
};

constexpr Case cases[] = {
    {"comparisons", comparisons},
    {"hashes", hashes},
    {"streams", streams},
    {"packets", packets},
    {"mlkem768", encapsulate_and_open<MlKem768>},
    {"mlkem1024", encapsulate_and_open<MlKem1024>},
    {"sntrup761", encapsulate_and_open<Sntrup761>},
    {"x25519", x25519},
    {"ed25519", ed25519},
    {"mldsa44", mldsa},
};

} // namespace

// Names of cases, or all of them.
int main(int argc, char** argv)
{
    if (RUNNING_ON_VALGRIND == 0) {
        std::puts("not under valgrind: nothing is tested");
        return 77;
    }
    for (auto& one : cases) {
        bool wanted = argc == 1;
        for (int i = 1; i < argc; ++i)
            wanted = wanted || std::strcmp(argv[i], one.name) == 0;
        if (!wanted)
            continue;
        auto before = VALGRIND_COUNT_ERRORS;
        one.run();
        std::printf("%s: %lu findings\n", one.name, static_cast<unsigned long>(VALGRIND_COUNT_ERRORS - before));
        std::fflush(stdout);
    }
    return 0;
}
