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

// Blowfish with bcrypt's expensive key schedule (Provos and Mazières 1999).
class Blowfish {
public:
    Blowfish() : words_(pi_fraction) {}
    Blowfish(const Blowfish&) = delete;
    Blowfish& operator=(const Blowfish&) = delete;
    ~Blowfish() { wipe({reinterpret_cast<std::uint8_t*>(words_.data()), sizeof words_}); }

    void expand(Bytes key, Bytes salt)
    {
        mix(key);
        WordStream stream{salt};
        std::uint32_t left = 0;
        std::uint32_t right = 0;
        for (std::size_t i = 0; i < words_.size(); i += 2) {
            left ^= stream.next();
            right ^= stream.next();
            encrypt(left, right);
            words_[i] = left;
            words_[i + 1] = right;
        }
    }
    void expand(Bytes key)
    {
        mix(key);
        std::uint32_t left = 0;
        std::uint32_t right = 0;
        for (std::size_t i = 0; i < words_.size(); i += 2) {
            encrypt(left, right);
            words_[i] = left;
            words_[i + 1] = right;
        }
    }
    void encrypt(std::uint32_t& left, std::uint32_t& right) const
    {
        std::uint32_t l = left ^ words_[0];
        std::uint32_t r = right;
        for (std::size_t i = 1; i <= 16; i += 2) {
            r ^= round(l) ^ words_[i];
            l ^= round(r) ^ words_[i + 1];
        }
        left = r ^ words_[17];
        right = l;
    }

private:
    std::uint32_t round(std::uint32_t x) const
    {
        const auto* s = words_.data() + blowfish_p_words;
        return ((s[x >> 24] + s[256 + (x >> 16 & 255)]) ^ s[512 + (x >> 8 & 255)]) + s[768 + (x & 255)];
    }
    void mix(Bytes key)
    {
        WordStream stream{key};
        for (std::size_t i = 0; i < blowfish_p_words; ++i)
            words_[i] ^= stream.next();
    }

    std::array<std::uint32_t, blowfish_p_words + blowfish_s_words> words_;   // P, then S
};

// bcrypt with 2^6 rounds of key schedule and this text in place of its own, encrypted 64 times.
Block bcrypt_block(Bytes hashed_passphrase, Bytes hashed_salt)
{
    Blowfish cipher;
    cipher.expand(hashed_passphrase, hashed_salt);
    for (int i = 0; i < 64; ++i) {
        cipher.expand(hashed_salt);
        cipher.expand(hashed_passphrase);
    }
    WordStream text{as_bytes("OxychromaticBlowfishSwatDynamite")};
    Block block;
    for (std::size_t i = 0; i < block.size(); i += 8) {
        std::array words{text.next(), text.next()};
        for (int times = 0; times < 64; ++times)
            cipher.encrypt(words[0], words[1]);
        for (std::size_t j = 0; j < 8; ++j)                       // little-endian, unlike the rest
            block[i + j] = static_cast<std::uint8_t>(words[j / 4] >> 8 * (j % 4));
    }
    return block;
}

// One block of output: the exclusive or of a chain of bcrypts, each salted with the one before.
Block derive_block(Bytes hashed_passphrase, Bytes salt, std::uint32_t number, std::uint32_t rounds)
{
    const std::array<std::uint8_t, 4> counter{
        static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    auto hashed_salt = Hash{HashKind::sha512}.update(salt).update(counter).finish();
    auto link = bcrypt_block(hashed_passphrase, hashed_salt);
    Block sum = link;
    for (std::uint32_t i = 1; i < rounds; ++i) {
        hashed_salt = hash_of(HashKind::sha512, link);
        link = bcrypt_block(hashed_passphrase, hashed_salt);
        for (std::size_t j = 0; j < sum.size(); ++j)
            sum[j] ^= link[j];
    }
    wipe(link);
    wipe(hashed_salt);
    return sum;
}

} // namespace

bool bcrypt_pbkdf(Bytes passphrase, Bytes salt, std::uint32_t rounds, MutableBytes key)
{
    if (passphrase.empty() || salt.empty() || rounds == 0 || key.empty() || key.size() > longest_key)
        return false;
    auto hashed = hash_of(HashKind::sha512, passphrase);
    // Blocks are dealt out like cards, so that every part of the key needs all the work.
    const std::size_t blocks = (key.size() + block_size - 1) / block_size;
    const std::size_t bytes_per_block = (key.size() + blocks - 1) / blocks;
    for (std::size_t number = 0; number < blocks; ++number) {
        auto block = derive_block(hashed, salt, static_cast<std::uint32_t>(number + 1), rounds);
        for (std::size_t i = 0; i < bytes_per_block && i * blocks + number < key.size(); ++i)
            key[i * blocks + number] = block[i];
        wipe(block);
    }
    wipe(hashed);
    return true;
}

} // namespace nacre
