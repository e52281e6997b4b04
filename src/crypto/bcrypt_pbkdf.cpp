#include "crypto/bcrypt_pbkdf.h"

#include <array>

#include "crypto/blowfish_pi.h"
#include "crypto/hash.h"

namespace nacre {

namespace {

constexpr std::size_t block_size = 32;                            // what one bcrypt yields here
constexpr std::size_t longest_key = block_size * block_size;

using Block = std::array<std::uint8_t, block_size>;

// A key or salt read as an endless run of big-endian words.
class WordStream {
public:
    explicit WordStream(Bytes bytes) : bytes_(bytes) {}

    std::uint32_t next()
    {
        std::uint32_t word = 0;
        for (int i = 0; i < 4; ++i) {
            word = word << 8 | bytes_[at_];
            at_ = at_ + 1 == bytes_.size() ? 0 : at_ + 1;
        }
        return word;
    }

private:
    Bytes bytes_;
    std::size_t at_ = 0;
};

ByteVector hash_with_number(Bytes salt, std::uint32_t number)
{
    const std::array<std::uint8_t, 4> counter{
        static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    return Hash{HashKind::sha512}.update(salt).update(counter).finish();
}

// One key's P-array and S-boxes.
struct BlowfishState {
    std::array<std::uint32_t, blowfish_p_words + blowfish_s_words> words = pi_fraction;

    std::uint32_t round(std::uint32_t x) const
    {
        const auto* s = words.data() + blowfish_p_words;
        return ((s[x >> 24] + s[256 + (x >> 16 & 255)]) ^ s[512 + (x >> 8 & 255)]) + s[768 + (x & 255)];
    }
    void mix(Bytes key)
    {
        WordStream stream{key};
        for (std::size_t i = 0; i < blowfish_p_words; ++i)
            words[i] ^= stream.next();
    }
};

struct Halves {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
};

// Blowfish with bcrypt's expensive key schedule (Provos and Mazières 1999) under two independent keys at once: a round
// waits for the one before it, and the other key's work fits into the wait.
class BlowfishPair {
public:
    struct Keys {
        Bytes first, second;
    };

    BlowfishPair() = default;
    BlowfishPair(const BlowfishPair&) = delete;
    BlowfishPair& operator=(const BlowfishPair&) = delete;
    ~BlowfishPair()
    {
        wipe({reinterpret_cast<std::uint8_t*>(&first_), sizeof first_});
        wipe({reinterpret_cast<std::uint8_t*>(&second_), sizeof second_});
    }

    void expand(Keys keys, Keys salts)
    {
        first_.mix(keys.first);
        second_.mix(keys.second);
        WordStream first{salts.first};
        WordStream second{salts.second};
        replace_all([&](Halves& a, Halves& b) {
            a.left ^= first.next();
            a.right ^= first.next();
            b.left ^= second.next();
            b.right ^= second.next();
        });
    }
    void expand(Keys keys)
    {
        first_.mix(keys.first);
        second_.mix(keys.second);
        replace_all([](Halves&, Halves&) {});
    }
    void encrypt(Halves& a, Halves& b) const
    {
        const auto* p = first_.words.data();
        const auto* q = second_.words.data();
        auto a_left = a.left ^ p[0];
        auto b_left = b.left ^ q[0];
        auto a_right = a.right;
        auto b_right = b.right;
        for (std::size_t i = 1; i <= 16; i += 2) {
            a_right ^= first_.round(a_left) ^ p[i];
            b_right ^= second_.round(b_left) ^ q[i];
            a_left ^= first_.round(a_right) ^ p[i + 1];
            b_left ^= second_.round(b_right) ^ q[i + 1];
        }
        a = {a_right ^ p[17], a_left};
        b = {b_right ^ q[17], b_left};
    }

private:
    template <class Stir>
    void replace_all(Stir stir)
    {
        Halves a;
        Halves b;
        for (std::size_t i = 0; i < first_.words.size(); i += 2) {
            stir(a, b);
            encrypt(a, b);
            first_.words[i] = a.left;
            first_.words[i + 1] = a.right;
            second_.words[i] = b.left;
            second_.words[i + 1] = b.right;
        }
    }

    BlowfishState first_;
    BlowfishState second_;
};

struct BlockPair {
    Block first{};
    Block second{};
};

void store(Block& block, std::size_t at, Halves halves)
{
    for (std::size_t i = 0; i < 4; ++i) {                         // little-endian, unlike the rest
        block[at + i] = static_cast<std::uint8_t>(halves.left >> 8 * i);
        block[at + 4 + i] = static_cast<std::uint8_t>(halves.right >> 8 * i);
    }
}

// bcrypt with 2^6 rounds of key schedule and this text in place of its own, encrypted 64 times.
void bcrypt_blocks(Bytes hashed_passphrase, BlowfishPair::Keys hashed_salts, BlockPair& blocks)
{
    BlowfishPair cipher;
    cipher.expand({hashed_passphrase, hashed_passphrase}, hashed_salts);
    for (int i = 0; i < 64; ++i) {
        cipher.expand(hashed_salts);
        cipher.expand({hashed_passphrase, hashed_passphrase});
    }
    WordStream text{as_bytes("OxychromaticBlowfishSwatDynamite")};
    for (std::size_t i = 0; i < block_size; i += 8) {
        Halves a{text.next(), text.next()};
        Halves b = a;
        for (int times = 0; times < 64; ++times)
            cipher.encrypt(a, b);
        store(blocks.first, i, a);
        store(blocks.second, i, b);
    }
}

// Two blocks of output, `number` and the next: each the exclusive or of a chain of bcrypts, salted with the one before.
BlockPair derive_blocks(Bytes hashed_passphrase, Bytes salt, std::uint32_t number, std::uint32_t rounds)
{
    BlockPair sums;
    BlockPair links;
    auto first = hash_with_number(salt, number);
    auto second = hash_with_number(salt, number + 1);
    for (std::uint32_t round = 0; round < rounds; ++round) {
        if (round > 0) {
            first = hash_of(HashKind::sha512, links.first);
            second = hash_of(HashKind::sha512, links.second);
        }
        bcrypt_blocks(hashed_passphrase, {first, second}, links);
        for (std::size_t i = 0; i < block_size; ++i) {
            sums.first[i] ^= links.first[i];
            sums.second[i] ^= links.second[i];
        }
    }
    wipe(links.first);
    wipe(links.second);
    wipe(first);
    wipe(second);
    return sums;
}

// Blocks are dealt out like cards, so that every part of the key needs all the work.
void deal_out(Block& block, std::size_t number, std::size_t blocks, MutableBytes key)
{
    const std::size_t bytes_per_block = (key.size() + blocks - 1) / blocks;
    for (std::size_t i = 0; number < blocks && i < bytes_per_block && i * blocks + number < key.size(); ++i)
        key[i * blocks + number] = block[i];
    wipe(block);
}

} // namespace

bool bcrypt_pbkdf(Bytes passphrase, Bytes salt, std::uint32_t rounds, MutableBytes key)
{
    if (passphrase.empty() || salt.empty() || rounds == 0 || key.empty() || key.size() > longest_key)
        return false;
    auto hashed = hash_of(HashKind::sha512, passphrase);
    const std::size_t blocks = (key.size() + block_size - 1) / block_size;
    for (std::size_t number = 0; number < blocks; number += 2) {
        auto pair = derive_blocks(hashed, salt, static_cast<std::uint32_t>(number + 1), rounds);
        deal_out(pair.first, number, blocks, key);
        deal_out(pair.second, number + 1, blocks, key);           // nothing, if the number of blocks is odd
    }
    wipe(hashed);
    return true;
}

} // namespace nacre
